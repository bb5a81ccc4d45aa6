#pragma once
// The screen of an External that runs on a terminal.

#include <external/control/status.h>

namespace external::console {

struct ConsoleOptions {
  int input = 0;                ///< where keys come from, a terminal
  int output = 1;               ///< where the screen goes, a terminal
  std::string terminal_type;    ///< empty: that of the environment (TERM)
  std::function<void()> asked;  ///< called when ESC was pressed and the question stands, for the log
};

/// Shows the lines, the queue and the newest log lines, anew every second and after changed(). ESC asks
/// `Press Y to exit, N to continue.`; Y calls `quit`, N or ESC again goes on. All on the thread of
/// `executor`; a terminal that has stopped never holds it.
class Console {
 public:
  /// `look` gives what to show, at any time while run() goes on. `quit` asks the program to stop and returns
  /// at once; it is called once at most. The screen goes on until run() is cancelled, so that the end can be
  /// watched.
  Console(const asio::any_io_executor& executor, Clock& clock, std::function<control::Status()> look,
          std::function<void()> quit, ConsoleOptions options = {});
  ~Console();

  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// There is something new to show.
  void changed();

  /// Takes the terminal over and gives it back whichever way this ends. Returns when the terminal has gone
  /// (its SIGHUP will tell the program), throws operation_aborted when cancelled, and std::runtime_error at
  /// once if this is no terminal that could show a screen.
  Task<> run();

 private:
  class Screen;

  Task<> paint();
  Task<> listen();

  asio::any_io_executor executor_;
  Clock& clock_;
  std::function<control::Status()> look_;
  std::function<void()> quit_;
  ConsoleOptions options_;
  std::unique_ptr<Screen> screen_;  ///< while run() goes on
};

}  // namespace external::console
