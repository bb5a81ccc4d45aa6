#pragma once
// A modem: a line, and the script that knows how to make calls on it. docs/modem-session.md tells what is
// done around the procedures so that the line is never lost.

#include <external/modem/player.h>
#include <external/modem/rings.h>
#include <external/modem/session_line.h>

#include <set>

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
  bool listen = false;                            ///< `listen` of the scripts
  bool answers = true;                            ///< false: rings are nobody's business
  unsigned rings = 1;                             ///< before a call is answered; 0: at once
  bool carrier_detect = true;                     ///< false: the carrier line says nothing
  Duration idle_check = std::chrono::minutes(5);  ///< between questions whether an idle modem is as we left
                                                  ///< it; zero: never
  Duration settle = std::chrono::milliseconds(250);  ///< silence wanted before a procedure other than ANSWER
  Duration settle_limit = std::chrono::seconds(1);
  Duration dtr_low = std::chrono::milliseconds(600);  ///< that no modem overlooks
  Duration power_gone = std::chrono::seconds(3);      ///< DSR low for so long means no power, or no cable
};

/// What an idle modem wants.
enum class Attention {
  nothing,    ///< the deadline has come
  call,       ///< someone calls: answer()
  connected,  ///< the modem has picked up by itself, session_line() stands
  carrier,    ///< a carrier that belongs to no call of ours: disconnect()
  changed,    ///< the modem is not as INITIALIZE left it: initialize()
  no_power,   ///< DSR is low: the modem is off or its cable is out. wait_for_power(), then initialize()
  stuck,      ///< DTR cannot be raised: open the port again
};

/// How a modem was given back.
enum class Released {
  reset,      ///< idle, as RESET leaves it
  not_reset,  ///< RESET failed, or the line did
  forced,     ///< there was not time for it
};

/// One modem, used on the thread of its line. Procedures asked for at the same time play one after the other.
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

  /// Whether it may be given AT commands that its script does not hold.
  bool takes_at() const { return speaks_at_; }

  /// From now on this script plays; for one that was edited.
  void use(Script script);

  /// Prepares the modem at the start, and switches automatic answer off where that can be asked for. ok() or
  /// ReturnCode::error.
  Task<Outcome> initialize();

  /// Dials, unless someone calls at this moment: then Ended::call_waiting. After connected() the session runs
  /// on session_line().
  Task<Outcome> call(CallRequest request);

  /// Looks at the modem, then waits until it wants something. The errors are those of the line.
  Task<Result<Attention>> listen(TimePoint deadline);

  /// Someone calls, and it has not rung often enough yet for listen() to say so. As of the last listen().
  bool is_ringing() const;

  /// Waits until DSR is high, or timed_out at `deadline`; no error where there is no such line. A modem that
  /// says something although DSR is low has power, and its DSR is not believed any more.
  Task<error_code> wait_for_power(TimePoint deadline);

  /// Plays ANSWER, which ends in ReturnCode::no_answer within about a second if no one calls. After
  /// connected() the session runs on session_line().
  Task<Outcome> answer();

  /// Whether the last answer() or call() has told the modem anything, so that disconnect() and reset() must
  /// follow whatever its outcome.
  bool was_used() const;

  /// The connection that Attention::connected has found.
  const Outcome& unasked_call() const { return unasked_call_; }

  /// The line of the call that stands, from connected() until disconnect(). Bytes that came right behind the
  /// CONNECT are its first.
  SessionLine& session_line() { return *session_; }
  bool in_session() const { return session_.has_value(); }

  /// Hands the device to somebody else, who may do with the modem and the control lines what it likes.
  /// disconnect(), reset() and initialize() must follow, or release().
  line::Line& lend();

  /// Hangs up, by script, and if the carrier stays by DTR and by +++ ATH0. Ended::refused if it stays even
  /// so: the port has to be closed.
  Task<Outcome> disconnect();

  /// Makes the modem ready for the next call: RESET, twice if need be, then DTR and INITIALIZE.
  Task<Outcome> reset();

  /// For a modem that does not do what INITIALIZE wants, perhaps because it holds a call of which nobody
  /// knows: +++ between two silences, and ATH0. Whether it answers AT then; false at once where the script
  /// does not speak AT. initialize() must follow.
  Task<bool> revive_by_escape();

  /// The same by a pulse of DTR. True where nothing can be asked.
  Task<bool> revive_by_dtr();

  /// Makes the modem idle in whatever state it is (DISCONNECT if a call could be there, RESET), leaves DTR
  /// low and closes the line, all within `bound`. Closes also when it is cancelled, so a stop that must be
  /// clean runs it where no cancellation comes. The modem is of no use afterwards.
  Task<Released> release(Duration bound = std::chrono::seconds(15));

 private:
  enum class State { unknown, idle, in_call };

  Task<Outcome> play_initialize();
  Task<Outcome> play_reset();
  Task<> make_idle(TimePoint end, Released& result);
  Task<Outcome> hang_up(Duration limit);
  Task<> force_down(Outcome& outcome);
  Task<> escape_and_hang_up();
  Task<bool> answers_at();
  Task<bool> carrier_falls(Duration within);
  Task<> settle();
  Task<> pulse_dtr();
  void take_back();
  void apply_speed();
  void open_session(const Outcome& outcome, std::string unread);
  void note_unless_connected(Outcome& outcome);

  // Listening.
  std::optional<Attention> look();
  std::optional<Attention> look_at_lines();
  std::optional<Attention> look_at_input();
  bool answers() const { return options_.answers && script_.has(Procedure::answer); }
  void forget_rings();
  Attention picked_up(std::string connect, std::string session);
  Attention hand_over(std::string_view input);
  Task<error_code> wait_for_news(TimePoint deadline);
  Task<bool> dtr_is_stuck();

  // Automatic answer.
  Task<std::string> tell(std::string_view command);
  Task<> ask_for_mark();
  Task<> switch_off_automatic_answer();
  Task<bool> is_changed();

  std::optional<line::ControlLines> lines();
  bool carrier_stands();
  void note_once(std::string_view text);

  std::unique_ptr<line::Line> device_;
  Script script_;
  Clock& clock_;
  ModemOptions options_;
  std::unique_ptr<class Observer> events_;
  Player player_;
  std::unique_ptr<class Turn> turn_;
  std::optional<Script> call_script_;
  std::optional<SessionLine> session_;
  Outcome unasked_call_;
  State state_ = State::unknown;
  bool lent_ = false;  ///< somebody else has, or had, the device
  unsigned speed_;     ///< between calls; scripts change it to that of the connection
  RingCounter rings_;
  bool ring_line_ = false;   ///< as last seen
  bool rang_ = false;        ///< the ring line was high since it was last looked at
  std::string handed_over_;  ///< to ANSWER
  std::optional<TimePoint> ring_line_rose_;
  std::optional<TimePoint> carrier_rose_;
  std::optional<TimePoint> power_fell_;
  bool carrier_moves_ = false;                   ///< it has been low since the port was opened
  bool had_power_ = false;                       ///< DSR has been high
  bool power_shows_ = true;                      ///< DSR tells whether there is power
  bool speaks_at_;                               ///< it is a modem, and may be asked
  bool tells_changes_ = true;                    ///< the line says when a control line changes
  std::unique_ptr<struct AnswerRegister> mark_;  ///< of a modem as we left it; none if it does not tell
  TimePoint next_check_ = never;
  std::set<std::string, std::less<>> noted_;
};

}  // namespace external::modem
