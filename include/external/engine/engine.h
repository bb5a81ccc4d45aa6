#pragma once
// The engine: one post office at work. Dials when mail is due, answers, delivers, returns what cannot be
// delivered.

#include <external/base/time_zone.h>
#include <external/config/settings.h>
#include <external/engine/lender.h>
#include <external/engine/line_event.h>
#include <external/engine/report.h>
#include <external/engine/ways_out.h>
#include <external/line/line.h>
#include <external/log/log.h>
#include <external/log/mail_logs.h>
#include <external/outlet/helper.h>
#include <external/outlet/outlet.h>
#include <external/postoffice/disk_guard.h>
#include <external/session/wish.h>

namespace external::engine {

/// Opens the port of an instance. Errors: as of line::open_tty() and its kin.
using OpenLine = std::function<Task<Result<std::unique_ptr<line::Line>>>(const config::Instance& instance)>;

/// Makes what hands mail over by a way out.
using MakeOutlet = std::function<std::unique_ptr<outlet::Outlet>(const WayOut& way)>;

/// Why a run ended by itself.
enum class BreakReason {
  time,
  date,
  time_and_date,
  relative,
  cycle,         ///< EngineOptions::once: all that was due has been done
  failed_cycle,  ///< the same, but a call failed
};

struct EngineOptions {
  /// Where scripts are looked up after the configuration's own folder.
  std::vector<std::filesystem::path> script_folders;

  /// Only these instances run; empty: all that are not disabled.
  std::vector<std::string> instances;

  /// End when nothing is due any more; each post office is called at most once.
  bool once = false;

  /// For windows, days and breaks; empty: that of the process.
  std::shared_ptr<const TimeZone> zone;

  /// Do not answer calls, and dial only what call() asks for: for a command that makes one call.
  bool only_requested_calls = false;

  /// Numbers from 0 up to 1, for pauses that must not be the same at both ends; empty: the system's.
  std::function<double()> random;

  /// Instead of opening the port that AsyncCommPort names: for lines that are not of this computer.
  OpenLine open_line;

  /// On the machine of a person: what its calls ask of the mailbox, but for what the machine knows itself,
  /// and whether what was deleted there is to be deleted at the post office. docs/remote-users.md
  session::Wish wish = {};
  bool tell_deleted = false;

  /// Instead of the mail systems and programs that the settings name.
  MakeOutlet make_outlet;

  /// Instead of running the programs that EventCommand and PowerCommand name.
  std::function<Task<outlet::HelperEnd>(std::vector<std::string> arguments, outlet::Environment environment,
                                        Duration limit)>
      run_command;

  /// Whose clients borrow the modems; must outlive the engine. Null: nobody's.
  Lender* lender = nullptr;

  /// Takes what is written beside Session.log; must outlive the engine. Null: nobody does.
  log::MailLogs* mail_logs = nullptr;

  /// Tells the room on the disk; empty: the system.
  postoffice::AskFreeSpace free_space;

  /// False: what blocks runs on the thread of the lines, as it must in virtual time.
  bool own_threads = true;
};

/// Serves all instances of one configuration on the thread of `executor`. `clock` and `log` must outlive it.
class Engine {
 public:
  /// Compiles the scripts and opens the queue (which blocks). Throws std::runtime_error with a text for the
  /// administrator: a script without which no instance could run, or one of a post office, that is missing or
  /// wrong; a queue that cannot be opened, an unknown instance. An instance whose script is missing or wrong
  /// is disabled while others can run.
  Engine(const asio::any_io_executor& executor, Clock& clock, config::Settings settings, log::Log& log,
         EngineOptions options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Works until stop(), or until BreakTime and its kin say so, then ends every call, resets every modem and
  /// closes every port, each within its StopTimeout, and returns. Call once.
  Task<> run();

  /// Asks run() to end. May be called at any time, more than once.
  void stop();

  /// Why run() ended; nothing if stop() was called.
  std::optional<BreakReason> break_reason() const;

  /// Calls a post office as soon as its instance is free, whatever the schedule says, and waits for the end
  /// of the call.
  Task<CallReport> call(std::string post_office);

  /// The same for who does not wait for its end.
  void call_soon(const std::string& post_office);

  /// On the machine of a person: what calls that begin from now on ask for, instead of EngineOptions::wish.
  void ask_for(session::Wish wish, bool tell_deleted);

  /// For who waits for call(): its place in the queue and who holds the lines; empty once it is being made.
  std::string waits_for(const std::string& post_office) const;

  /// Ends the call on `instance` (any case), false if there is none. What did not move stays queued; the line
  /// is then made ready for other calls.
  bool hang_up(std::string instance);

  /// Ends the call of one instance (any case) and gives its modem and port back within StopTimeout, while the
  /// others work; it is disabled until start_instance(). False if it is stopped already, or there is none.
  bool stop_instance(const std::string& name);

  /// Undoes stop_instance(). False if nobody has stopped it, or there is none.
  bool start_instance(const std::string& name);

  /// Other settings hold from now on, without the end of a call: lines that are not as they were begin anew
  /// as soon as their calls are over, and so does what hands mail over; the rest holds from the next call or
  /// the next look at the queue. Calls that stand go on as they began. HomePO, RemoteUser and the folder must
  /// be the same (config::applicable). Throws std::runtime_error with everything that is wrong - addresses,
  /// names of mailboxes, modem scripts that were not named before - and nothing has changed then. One at a
  /// time.
  Task<> use(config::Settings settings);

  /// Reads modem scripts that were edited, and begins the line anew as soon as its call is over. False if
  /// there is no such instance.
  Task<bool> renew_instance(std::string name);

  /// Returns when the instance has neither a call nor a port.
  Task<> instance_at_rest(std::string name);

  /// Every instance that is Required has been ready for calls since the start, if only once.
  bool is_ready() const;

  /// A line that gives no sign of life though it should long have been restarted for that: who restarts such
  /// lines has failed, too. Empty while all are served.
  std::string line_not_served() const;

  /// Of the instance of that name (any case); stopped if there is none.
  LineState line_state(const std::string& instance) const;

  /// Somebody waits for the modem of `instance` (any case).
  void wake_line(const std::string& instance);

  /// Mail was queued by another program: look at once.
  void news();

  /// The same where more may follow at once: while it does, looks at the queue leave the disk to it.
  void mail_arrived();

  Report report() const;

  /// Calls `follower` for each event of a line, on this thread, while the returned value lives.
  [[nodiscard]] EventSubscription follow_events(std::function<void(const LineEvent&)> follower);

  /// Under which mail can wait by these settings, each once: other post offices, and the ways out of
  /// mailboxes here.
  std::vector<std::string> destinations() const;

  /// Called whenever report() has changed in more than its counts, or is_ready() has, as are those given
  /// before.
  void on_change(std::function<void()> callback);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace external::engine
