#pragma once
// Signals as something a coroutine waits for.

#include <external/base/asio.h>

#include <csignal>
#include <initializer_list>

namespace external::service {

/// The signals that ask External to stop: of systemd and kill, of Ctrl-C, of a terminal that went away.
inline constexpr std::initializer_list<int> stop_signals = {SIGTERM, SIGINT, SIGHUP};

/// The same for who has no terminal: there SIGHUP asks for the settings to be read again.
inline constexpr std::initializer_list<int> stop_signals_of_services = {SIGTERM, SIGINT};
inline constexpr std::initializer_list<int> reload_signals = {SIGHUP};

inline constexpr std::initializer_list<int> no_signals = {};

/// Takes some signals away from their default action from construction to destruction. A signal that arrives
/// while nobody waits is kept for the next wait.
class Signals {
 public:
  Signals(const asio::any_io_executor& executor, std::initializer_list<int> numbers);

  /// The number of the next signal. Throws operation_aborted when cancelled.
  Task<int> next();

 private:
  asio::signal_set set_;
};

/// SIGTERM, SIGHUP, ...
std::string signal_name(int number);

/// Writing to a pipe or socket that nobody reads, or past a limit on the size of files, is an error from now
/// on, not the end of the process.
void ignore_write_signals();

}  // namespace external::service
