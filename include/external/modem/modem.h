#pragma once
// A modem: a line, and the script that knows how to make calls on it.

#include <external/modem/player.h>
#include <external/modem/session_line.h>

namespace external::modem {

/// A call to be made.
struct CallRequest {
  explicit CallRequest(std::string the_number, std::string the_mode = "T",
                       std::optional<Script> the_script = {})
      : number(std::move(the_number)), dial_mode(std::move(the_mode)), script(std::move(the_script)) {}

  std::string number;
  std::string dial_mode;         ///< T: tones, P: pulses
  std::optional<Script> script;  ///< plays CALL and DISCONNECT of this call where it has them
};

struct ModemOptions {
  PlayerOptions player;
  bool listen = false;                               ///< `listen` of the scripts
  Duration settle = std::chrono::milliseconds(250);  ///< silence wanted before a procedure other than ANSWER
  Duration settle_limit = std::chrono::seconds(1);
  Duration dtr_low = std::chrono::milliseconds(600);  ///< that no modem overlooks
};

/// One modem, used by one coroutine at a time on the thread of its line.
///
/// Everything can be cancelled; then the modem may be in any state, and disconnect(), reset() or release()
/// make it idle again. `clock` and `events` must outlive it.
class Modem {
 public:
  Modem(std::unique_ptr<line::Line> device, Script script, Clock& clock, ScriptEvents& events,
        ModemOptions options = {});
  ~Modem();

  const Script& script() const { return script_; }
  line::Line& device() { return *device_; }

  /// Prepares the modem at the start. ok() or ReturnCode::error.
  Task<Outcome> initialize();

  /// Dials. After connected() the session runs on session_line().
  Task<Outcome> call(CallRequest request);

  /// Waits until there may be a call to answer: bytes came, the ring line is high, or a RING came while
  /// another procedure played (then at once). Errors: asio::error::timed_out at `deadline`, those of the
  /// line.
  Task<error_code> wait_for_ring(TimePoint deadline);

  /// Plays ANSWER, which ends in ReturnCode::no_answer within about a second if no one calls. After
  /// connected() the session runs on session_line().
  Task<Outcome> answer();

  /// Whether a RING came within the last ring cycle while INITIALIZE, RESET or DISCONNECT played.
  bool ring_pending() const;

  /// The line of the call that stands, from connected() until disconnect(). Bytes that came right behind the
  /// CONNECT are its first.
  SessionLine& session_line() { return *session_; }
  bool in_session() const { return session_.has_value(); }

  /// Hangs up. If the script fails at it, DTR goes low for a moment.
  Task<Outcome> disconnect();

  /// Makes the modem ready for the next call.
  Task<Outcome> reset();

  /// Makes the modem idle in whatever state it is (DISCONNECT if a call could be there, RESET), leaves DTR
  /// low and closes the line, all within `bound`. Closes also when it is cancelled, so a stop that must be
  /// clean runs it where no cancellation comes. The modem is of no use afterwards.
  Task<> release(Duration bound = std::chrono::seconds(15));

 private:
  enum class State { unknown, idle, in_call };

  Task<Outcome> play(const Script& script, Procedure procedure, Variables variables,
                     Duration limit = Duration::max());
  Task<Outcome> hang_up(Duration limit);
  Task<> settle();
  Task<> pulse_dtr();
  void apply_speed();
  void open_session(const Outcome& outcome);

  std::unique_ptr<line::Line> device_;
  Script script_;
  Clock& clock_;
  ModemOptions options_;
  Player player_;
  std::optional<Script> call_script_;
  std::optional<SessionLine> session_;
  State state_ = State::unknown;
  unsigned speed_;  ///< between calls; scripts change it to that of the connection
};

}  // namespace external::modem
