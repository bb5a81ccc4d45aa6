#include "frame_composer.h"
#include "terminal.h"
#include "viewer.h"

#include <external/base/async.h>
#include <external/console/console.h>

namespace external::console {

namespace {

constexpr auto longest_between_frames = std::chrono::seconds(1);
constexpr auto shortest_between_frames = std::chrono::milliseconds(20);

/// After this time an ESC is the key, not the beginning of another one: a slow line may send them in parts.
constexpr auto escape_time = std::chrono::milliseconds(300);

/// Of somebody who leans on a key.
constexpr std::size_t most_actions = 16;

Charset charset_of(const ConsoleOptions& options) {
  return options.utf8 ? Charset::utf8 : Charset::ascii;
}

}  // namespace

class Console::Screen {
 public:
  Screen(const asio::any_io_executor& executor, Clock& clock, const ConsoleOptions& options)
      : changed(executor),
        outdated(executor),
        asked_for(executor),
        viewer({options.monitor, charset_of(options)}),
        clock_(clock),
        terminal_(executor, options.input, options.output),
        size_(terminal_.size()),
        composer_({options.terminal_type, charset_of(options), options.colours}, size_.width, size_.height) {}

  ~Screen() { terminal_.write_last(composer_.farewell()); }

  Task<> show(const Scene& scene) {
    if (const Size now = terminal_.size(); now != size_) {
      size_ = now;
      composer_.resize(now.width, now.height);
    }
    const auto frame =
        viewer.draw(scene, static_cast<std::size_t>(size_.width), static_cast<std::size_t>(size_.height));
    co_await terminal_.write(composer_.compose(frame));
  }

  /// The next keys, perhaps none; nothing if the terminal has gone.
  Task<std::optional<std::vector<Key>>> keys() {
    std::optional<std::string> bytes;
    auto read = [&]() -> Task<> { bytes = co_await terminal_.read(); };
    if (parser_.is_waiting()) {
      co_await first_of(read(), clock_.wait_for(escape_time));
    } else {
      co_await read();
    }
    if (!bytes) co_return parser_.settle();
    if (bytes->empty()) co_return std::nullopt;
    co_return parser_.take(*bytes);
  }

  Event changed;
  Event outdated;   ///< something is wanted that the scene does not have
  Event asked_for;  ///< an action
  std::deque<Action> actions;
  Viewer viewer;

 private:
  Clock& clock_;
  Terminal terminal_;
  Size size_;
  FrameComposer composer_;
  KeyParser parser_;
};

Console::Console(const asio::any_io_executor& executor, Clock& clock, Desk& desk, std::function<void()> quit,
                 ConsoleOptions options)
    : executor_(executor), clock_(clock), desk_(desk), quit_(std::move(quit)), options_(std::move(options)) {}

Console::~Console() = default;

void Console::changed() {
  if (screen_) screen_->changed.set();
}

Task<> Console::run() {
  screen_ = std::make_unique<Screen>(executor_, clock_, options_);
  struct GiveBack {
    std::unique_ptr<Screen>& screen;
    ~GiveBack() { screen.reset(); }
  } give_back{screen_};
  co_await first_of(paint(), listen(), keep_fresh(), work());
}

Task<> Console::paint() {
  for (;;) {
    screen_->changed.clear();
    const Scene scene = desk_.look();
    co_await screen_->show(scene);
    co_await first_of(screen_->changed.wait(), clock_.wait_for(longest_between_frames));
    co_await clock_.wait_for(shortest_between_frames);
  }
}

Task<> Console::listen() {
  for (;;) {
    const auto keys = co_await screen_->keys();
    if (!keys) co_return;
    const Scene scene = desk_.look();
    for (const auto& key : *keys) {
      const bool asked = screen_->viewer.asks_to_quit();
      const auto action = screen_->viewer.take(key, scene);
      if (!asked && screen_->viewer.asks_to_quit() && options_.asked) options_.asked();
      if (!action) continue;
      if (action->what == Action::What::quit) {
        quit_();
      } else if (screen_->actions.size() < most_actions) {
        screen_->actions.push_back(*action);
        screen_->asked_for.set();
      }
    }
    screen_->outdated.set();
    screen_->changed.set();
  }
}

Task<> Console::keep_fresh() {
  for (;;) {
    screen_->outdated.clear();
    const Wanted wanted = screen_->viewer.wanted();
    co_await desk_.refresh(wanted);
    screen_->changed.set();
    co_await first_of(screen_->outdated.wait(), clock_.wait_for(longest_between_frames));
  }
}

// One after the other, so that hold and release come in the order in which they were pressed.
Task<> Console::work() {
  for (;;) {
    screen_->asked_for.clear();
    while (!screen_->actions.empty()) {
      const Action action = screen_->actions.front();
      screen_->actions.pop_front();
      std::string said;
      try {
        said = co_await desk_.act(action);
      } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) throw;
        said = error.what();
      } catch (const std::exception& error) {
        said = error.what();
      }
      screen_->viewer.say(std::move(said));
      screen_->outdated.set();
      screen_->changed.set();
    }
    co_await screen_->asked_for.wait();
  }
}

}  // namespace external::console
