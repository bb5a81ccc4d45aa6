#pragma once
// A running External: the engine and all that stands beside it.

#include "entrance.h"
#include "own_desk.h"
#include "queue_hand.h"
#include "reloading.h"

#include <external/config/settings.h>
#include <external/console/console.h>
#include <external/control/server.h>
#include <external/control/status.h>
#include <external/engine/engine.h>
#include <external/log/mail_log_files.h>
#include <external/service/manager.h>
#include <external/service/signals.h>
#include <external/sharing/pools.h>

namespace external::commands {

struct RunningOptions {
  engine::EngineOptions engine;
  std::optional<console::ConsoleOptions> console{};  ///< a screen on the terminal; absent: none
  bool reload_on_hangup = false;                     ///< SIGHUP reads the settings again; otherwise it stops
  std::vector<config::Override> overrides;           ///< of the command line; they hold again after a reload
  service::ManagerWishes manager;
  std::string journal;  ///< the socket of journald; empty: it gets nothing
};

/// Serves a post office from run() until somebody asks it to stop: a signal, the screen, `external stop`.
class Running {
 public:
  /// What goes on beside the engine; when it ends the rest goes on.
  using Companion = std::function<Task<>(engine::Engine&)>;

  /// Takes the post office, so that there is no second one, opens the log and the queue, compiles the
  /// scripts. Throws Failure with a line for the administrator.
  Running(config::Settings settings, Clock& clock, const RunningOptions& options);
  ~Running();

  /// Works on this thread; on return every port is closed and the log is written. Call once.
  void run(Companion companion = {});

  control::Status status();

  /// For Prometheus, docs/metrics.md.
  std::string metrics();

  /// Asks run() to end. Again: no difference.
  void stop();

  /// Reads external.ini again and puts it into effect without the end of a call, or one instance of it. The
  /// log tells what came of it.
  Task<Reload> reload(std::string instance = {});

  engine::Engine& engine() { return *engine_; }
  log::SessionLog& session_log() { return *log_; }
  sharing::Pools& pools() { return *pools_; }
  QueueHand& queue_hand() { return queue_hand_; }

  /// Those that hold now; until the next reload.
  const config::Settings& settings() const { return *settings_; }

 private:
  log::SessionLogOptions log_options(std::string journal) const;
  log::MailLogPaths mail_log_paths() const;
  Task<> serve(Companion companion);
  Task<> for_ever(Task<> task);
  Task<> watch_stop_signals();
  Task<> watch_rotation();
  Task<> watch_reload();
  Task<std::vector<std::string>> use(std::shared_ptr<const config::Settings> settings);
  Task<> tell_manager();
  service::Standing standing();
  Task<> show_screen();
  void open_entrance();
  sharing::Lines lines_for_pools();
  std::string activity_of(const std::string& instance) const;
  Task<> lend_modems();
  Task<> take_mail();
  Task<> tell_metrics();

  std::shared_ptr<const config::Settings> settings_;
  Clock& clock_;
  std::optional<console::ConsoleOptions> console_;
  WallTime started_;
  service::Notifier notifier_;
  asio::io_context io_{1};
  service::ManagerLink manager_;
  // Before there is anything to clean up.
  service::Signals stop_signals_;
  service::Signals rotation_signals_;
  service::Signals reload_signals_;
  // The lock of the post office is the last to go: whoever gets it finds the ports closed.
  std::optional<control::ControlServer> control_;
  std::optional<log::SessionLog> log_;
  std::optional<log::MailLogFiles> mail_logs_;
  OwnDesk desk_{*this};
  std::optional<console::Console> screen_;
  std::optional<sharing::Pools> pools_;
  std::optional<engine::Engine> engine_;
  std::optional<Entrance> entrance_;
  QueueHand queue_hand_{clock_};
  Reloading reloading_;
  bool stopping_ = false;
  bool not_served_ = false;  ///< a line is not, which the log has said
};

}  // namespace external::commands
