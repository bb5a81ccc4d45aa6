#pragma once
// The screen of an External, on a terminal.

#include <external/console/desk.h>

namespace external::console {

struct ConsoleOptions {
  int input = 0;                ///< where keys come from, a terminal
  int output = 1;               ///< where the screen goes, a terminal
  std::string terminal_type{};  ///< empty: that of the environment (TERM)
  bool utf8 = false;            ///< the terminal shows UTF-8; otherwise ASCII is all it gets
  bool colours = true;          ///< if the terminal has them
  bool monitor = false;         ///< of another External: ESC and Y leave, and stop nothing

  std::function<void()> asked{};  ///< called when ESC was pressed and the question stands, for the log
};

/// Shows the pages that docs/monitor.md explains, anew every second and after changed(). All on the thread of
/// `executor`; a terminal that has stopped never holds it.
class Console {
 public:
  /// `desk` must outlive this. `quit` asks the program to stop and returns at once; it is called once at
  /// most, after ESC and Y. The screen goes on until run() is cancelled, so that the end can be watched.
  Console(const asio::any_io_executor& executor, Clock& clock, Desk& desk, std::function<void()> quit,
          ConsoleOptions options = {});
  ~Console();

  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// There is something new to show, or the window has another size.
  void changed();

  /// Takes the terminal over and gives it back whichever way this ends. Returns when the terminal has gone
  /// (its SIGHUP will tell the program), throws operation_aborted when cancelled, and std::runtime_error at
  /// once if this is no terminal that could show a screen.
  Task<> run();

 private:
  class Screen;

  Task<> paint();
  Task<> listen();
  Task<> keep_fresh();
  Task<> work();

  asio::any_io_executor executor_;
  Clock& clock_;
  Desk& desk_;
  std::function<void()> quit_;
  ConsoleOptions options_;
  std::unique_ptr<Screen> screen_;  ///< while run() goes on
};

}  // namespace external::console
