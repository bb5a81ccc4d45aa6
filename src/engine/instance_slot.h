#pragma once
// Where one configured line is at work: it is started again when it fails, and rests when an administrator
// wishes so. docs/instances.md

#include "event_watch.h"
#include "instance.h"
#include "pauses.h"

namespace external::engine {

/// What slots need of the engine. All of it must outlive them.
struct SlotServices {
  asio::any_io_executor executor;
  Clock& clock;
  log::Log& log;
  Planner& planner;

  /// Makes what serves the line. Throws Misconfigured, or anything else.
  std::function<std::unique_ptr<Instance>(const config::Instance& settings, Board& board)> make;

  /// Looks again at what has made an instance impossible. May throw.
  std::function<Task<>()> look_again;

  /// Told of what happens to the line; may be empty.
  std::function<void(LineEvent)> tell;
};

/// One line, and none but this one: whatever it throws, its neighbours do not notice. One thread.
class InstanceSlot {
 public:
  /// `changed` is called whenever the board shows something new.
  InstanceSlot(SlotServices services, config::Instance settings, std::function<void()> changed);
  InstanceSlot(const InstanceSlot&) = delete;
  InstanceSlot& operator=(const InstanceSlot&) = delete;

  /// Those it runs with now.
  const config::Instance& settings() const { return *settings_; }
  const Board& board() const { return board_; }

  /// Serves the line, again and again, until end(); then everything is given back. Never throws but when it
  /// is cancelled. Call once.
  Task<> run();
  void end();

  /// Ends the call, gives modem and port back within StopTimeout, and rests. False if it rests already.
  bool stop();

  /// Goes on after stop(). False if nobody has stopped it.
  bool start();

  /// Returns when no port and no call is in its hands.
  Task<> at_rest();

  /// From now on these settings hold; as soon as no call stands the line is opened anew with them. It does
  /// not retire then.
  void use(config::Instance settings);

  /// end() as soon as no call stands.
  void retire();

  bool is_retiring() const { return retiring_; }

  /// end() was called, or retire() has come to that.
  bool is_ending() const { return ending_; }

  /// The line has been ready for calls since this slot was made.
  bool has_been_ready() const { return has_been_ready_; }

  /// There may be something to dial; there is mail for the call that stands.
  void wake();
  void news() { board_.news(); }

 private:
  void board_changed();
  void tell_event();
  bool in_call() const;
  std::string reason_to_rest() const;
  void rest(const std::string& why);
  Task<> serve();
  Task<> pause_after(const std::string& trouble, bool misconfigured);
  void write(const std::string& text) { services_.log.write(settings_->name, text); }

  SlotServices services_;
  std::shared_ptr<const config::Instance> settings_;
  std::shared_ptr<const config::Instance> next_;  ///< instead of `settings_`, as soon as may be
  std::function<void()> changed_;
  Board board_;
  EventWatch watch_;
  std::unique_ptr<Instance> instance_;  ///< while it is at work
  Event stop_;                          ///< the instance is to end
  Event news_;                          ///< what this slot is to do has changed
  Event rests_;                         ///< set while there is no instance
  Pauses pauses_;
  std::string told_;  ///< the last trouble with the settings that was logged
  bool is_new_ = true;
  bool stopped_ = false;
  bool retiring_ = false;
  bool ending_ = false;
  bool has_been_ready_ = false;
};

}  // namespace external::engine
