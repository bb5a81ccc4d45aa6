#include "own_desk.h"

#include "desk_commands.h"
#include "running.h"

namespace external::commands {

namespace {

constexpr std::size_t desk_page = 100;

}  // namespace

console::Scene OwnDesk::look() {
  console::Scene scene;
  scene.status = running_.status();
  scene.messages = messages_;
  const auto& lines = running_.session_log().tail().lines();
  scene.log.assign(lines.begin(), lines.end());
  scene.trouble = trouble_;
  return scene;
}

Task<> OwnDesk::refresh(const console::Wanted& wanted) {
  trouble_.clear();
  if (!wanted.messages) co_return;
  const auto after = static_cast<mailqueue::MessageId>(wanted.after);
  try {
    messages_ = co_await running_.queue_hand().messages(running_.settings().queue_file(), after, desk_page);
  } catch (const mailqueue::Error& error) {
    trouble_ = std::string("Mail queue: ") + error.what();
  }
}

Task<std::string> OwnDesk::act(const console::Action& action) {
  return commands::act(running_, action);
}

}  // namespace external::commands
