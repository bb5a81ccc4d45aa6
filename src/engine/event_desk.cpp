#include "event_desk.h"

#include <external/base/guard.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_waiting = 32;
constexpr Duration command_limit = 60s;

}  // namespace

EventDesk::EventDesk(const asio::any_io_executor& executor, log::Log& log, std::vector<std::string> command,
                     RunCommand run)
    : log_(log), command_(std::move(command)), run_(std::move(run)), more_(executor) {}

void EventDesk::raise(LineEvent event) {
  // One that is told may end its own interest, or another's.
  const auto all = followers_;
  for (const auto& weak : all) {
    if (const auto follower = weak.lock()) (*follower)(event);
  }
  forget_who_is_gone();
  if (command_.empty()) return;
  if (waiting_.size() >= most_waiting && guarded("R61")) {
    log_.write(
        event.instance,
        fmt::format("EventCommand does not keep up: {} events wait for it, '{}' is left out; see why {} "
                    "takes so long.",
                    most_waiting, event.name, command_.front()));
    return;
  }
  waiting_.push_back(std::move(event));
  more_.set();
}

EventSubscription EventDesk::follow(Follower follower) {
  auto one = std::make_shared<Follower>(std::move(follower));
  followers_.push_back(one);
  return one;
}

void EventDesk::forget_who_is_gone() {
  std::erase_if(followers_, [](const auto& follower) { return follower.expired(); });
}

Task<> EventDesk::run(Event& stop) {
  co_await first_of(serve(), stop.wait());
}

Task<> EventDesk::serve() {
  for (;;) {
    more_.clear();
    while (!waiting_.empty()) {
      auto event = std::move(waiting_.front());
      waiting_.pop_front();
      co_await tell(std::move(event));
    }
    co_await more_.wait();
  }
}

Task<> EventDesk::tell(LineEvent event) {
  outlet::Environment environment;
  environment.emplace_back("EXTERNAL_EVENT", event.name);
  environment.emplace_back("EXTERNAL_INSTANCE", event.instance);
  environment.emplace_back("EXTERNAL_PORT", event.port);
  environment.emplace_back("EXTERNAL_STATE", std::string(name_of(event.state)));
  environment.emplace_back("EXTERNAL_TEXT", event.text);
  const auto end = co_await run_(command_, std::move(environment), command_limit);
  if (end.ok) co_return;
  log_.write(event.instance, fmt::format("EventCommand {} failed for '{}': {}; run it by hand to see why.",
                                         command_.front(), event.name, end.text));
}

}  // namespace external::engine
