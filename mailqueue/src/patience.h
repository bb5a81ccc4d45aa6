#pragma once
// Waiting for a lock that other programs have, without being overtaken for ever.

#include <chrono>

namespace mailqueue {

/// The way in which one connection waits for the lock. SQLite's own way asks less and less often, so that a
/// program that comes now and then goes short beside one that writes all the time. Here the one that has
/// waited long asks the most often.
class Patience {
 public:
  explicit Patience(std::chrono::microseconds timeout) : timeout_(timeout) {}

  /// For sqlite3_busy_handler: sleeps before the lock is asked for again. False once `timeout` is over.
  bool wait(int tries);

  /// The pause, before it is varied by chance, after so long a wait.
  static std::chrono::microseconds pause_after(std::chrono::microseconds waited);

 private:
  std::chrono::microseconds timeout_;
  std::chrono::microseconds waited_{0};
};

}  // namespace mailqueue
