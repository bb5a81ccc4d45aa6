#pragma once
// A program under a service manager, from its start to its end.

#include <external/base/async.h>
#include <external/base/clock.h>
#include <external/service/notify.h>

namespace external::service {

/// What a service manager says in the environment of the programs it starts.
struct ManagerWishes {
  std::string socket;  ///< NOTIFY_SOCKET; empty: there is no manager
  std::optional<Duration>
      watchdog;  ///< a sign of life is due in each such time (WATCHDOG_USEC); absent: none
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// For the process `pid`: a watchdog meant for another one (WATCHDOG_PID) is none.
ManagerWishes manager_wishes(const Environment& environment, int pid);

/// How the program stands.
struct Standing {
  bool ready = false;    ///< it serves all that it must; it is asked for until that was so once
  bool alive = true;     ///< false: a part of it has stopped serving, and only a new start would help
  std::string sentence;  ///< for `systemctl status`
};

/// Tells the manager. All of it goes through the io_context of the program, so when that is blocked or dead
/// no sign of life leaves it. One thread.
class ManagerLink {
 public:
  /// `ask` is called whenever the manager may be told; `notifier` must outlive this.
  ManagerLink(const asio::any_io_executor& executor, Clock& clock, Notifier& notifier,
              const ManagerWishes& wishes, std::function<Standing()> ask);

  /// Until cancelled: READY once the program is, more patience before that, for as long as it takes; the
  /// sentence when it has changed, at most once a second; signs of life, three in each time of the watchdog.
  Task<> run();

  /// The answer of `ask` may have changed.
  void changed();

  /// The settings are being read again: RELOADING; then READY. Nothing is told before the program was ready.
  void reload_begins();
  void reload_ended();

  /// The program is about to end, which it will have done in `longest`: STOPPING, and more patience for up to
  /// that long, while run() goes on. Again: no difference.
  void stopping(Duration longest);

 private:
  Task<> tell();
  Task<> give_signs_of_life();
  Task<> ask_for_patience();

  Clock& clock_;
  Notifier& notifier_;
  std::optional<Duration> watchdog_;
  std::function<Standing()> ask_;
  Event changed_;
  Event stopping_;
  TimePoint end_{};  ///< of a stop that goes on
  bool ready_ = false;
  bool again_ = false;  ///< it was ready before
  std::string told_;
};

}  // namespace external::service
