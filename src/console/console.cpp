#include "dialogue.h"
#include "frame_composer.h"
#include "terminal.h"

#include <external/base/async.h>
#include <external/console/console.h>
#include <external/console/render.h>

namespace external::console {

namespace {

constexpr auto longest_between_frames = std::chrono::seconds(1);
constexpr auto shortest_between_frames = std::chrono::milliseconds(20);

}  // namespace

class Console::Screen {
 public:
  Screen(const asio::any_io_executor& executor, const ConsoleOptions& options)
      : changed(executor),
        terminal_(executor, options.input, options.output),
        size_(terminal_.size()),
        composer_(options.terminal_type, size_.width, size_.height) {}

  ~Screen() { terminal_.write_last(composer_.farewell()); }

  Task<> show(const control::Status& status) {
    if (const Size now = terminal_.size(); now != size_) {
      size_ = now;
      composer_.resize(now.width, now.height);
    }
    const auto width = static_cast<std::size_t>(size_.width);
    auto lines = render(status, width, static_cast<std::size_t>(size_.height - 1));
    lines.emplace_back(dialogue_.prompt().substr(0, width));
    co_await terminal_.write(composer_.compose(lines));
  }

  Task<std::string> keys() { return terminal_.read(); }
  Dialogue::Outcome take(std::string_view keys) { return dialogue_.take(keys); }

  Event changed;

 private:
  Terminal terminal_;
  Size size_;
  FrameComposer composer_;
  Dialogue dialogue_;
};

Console::Console(const asio::any_io_executor& executor, Clock& clock, std::function<control::Status()> look,
                 std::function<void()> quit, ConsoleOptions options)
    : executor_(executor),
      clock_(clock),
      look_(std::move(look)),
      quit_(std::move(quit)),
      options_(std::move(options)) {}

Console::~Console() = default;

void Console::changed() {
  if (screen_) screen_->changed.set();
}

Task<> Console::run() {
  screen_ = std::make_unique<Screen>(executor_, options_);
  struct GiveBack {
    std::unique_ptr<Screen>& screen;
    ~GiveBack() { screen.reset(); }
  } give_back{screen_};
  co_await first_of(paint(), listen());
}

Task<> Console::paint() {
  for (;;) {
    screen_->changed.clear();
    co_await screen_->show(look_());
    co_await first_of(screen_->changed.wait(), clock_.wait_for(longest_between_frames));
    co_await clock_.wait_for(shortest_between_frames);
  }
}

Task<> Console::listen() {
  for (;;) {
    const std::string keys = co_await screen_->keys();
    if (keys.empty()) co_return;
    const auto outcome = screen_->take(keys);
    if (outcome == Dialogue::Outcome::asked && options_.asked) options_.asked();
    if (outcome == Dialogue::Outcome::quit) quit_();
    screen_->changed.set();
  }
}

}  // namespace external::console
