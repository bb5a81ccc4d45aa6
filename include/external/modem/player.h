#pragma once
// Plays the procedures of modem scripts on a line.

#include <external/line/line.h>
#include <external/modem/script.h>

namespace external::modem {

/// What a script lets people see. Texts hold the control characters as they were sent and received. What was
/// sent with `echo 0` is masked here already, in received() too. Called on the thread of the line.
class ScriptEvents {
 public:
  virtual ~ScriptEvents() = default;
  virtual void started(Procedure) {}
  virtual void title(std::string_view) {}
  virtual void display(std::string_view) {}
  virtual void sent(std::string_view) {}
  virtual void received(std::string_view) {}

  /// What an administrator should know about the modem or its cable; said once.
  virtual void note(std::string_view) {}

  /// The key a person pressed, 0 for none; what `getkey` puts into `key`. Must not wait.
  virtual int key() { return 0; }
};

/// What a script may ask about its task. (Constructors, because GCC 12 destroys an aggregate twice that is
/// made in the arguments of an awaited call.)
struct Variables {
  Variables() = default;
  Variables(std::string the_number, std::string the_mode, bool is_listen)
      : phone_number(std::move(the_number)), dial_mode(std::move(the_mode)), listen(is_listen) {}

  std::string phone_number;
  std::string dial_mode = "T";  ///< T: tones, P: pulses
  bool listen = false;          ///< answer with the originating tone
};

/// Why a procedure ended.
enum class Ended {
  returned,      ///< `return`, or its end was reached
  absent,        ///< the script does not have it
  deadline,      ///< it took longer than it may
  step_budget,   ///< it ran in circles
  bad_value,     ///< a text where a number was needed
  line_failed,   ///< see Outcome::error
  call_waiting,  ///< CALL did not play: someone is calling us
  refused,       ///< the modem did not do what it was told; see Outcome::text
};

struct Outcome {
  ReturnCode code = ReturnCode::error;
  Ended ended = Ended::returned;
  std::string connect;      ///< as the modem said it, such as "CONNECT 57600/ARQ"; empty with numeric results
  unsigned line_speed = 0;  ///< of the connection, bits per second, from `connect` or else the code's class
  std::string port;         ///< named by `port`, empty if it was not
  error_code error;         ///< with Ended::line_failed
  std::string text;         ///< one line for logs: what happened, and where it helps the place in the script

  bool ok() const { return ended != Ended::line_failed && code == ReturnCode::ok; }
  bool connected() const { return is_connect(code); }
};

struct PlayerOptions {
  Duration quiet = std::chrono::milliseconds(100);  ///< ends a response; never less than 4 character times
  std::size_t steps = 100'000;                      ///< a procedure may take
  Duration write_limit = std::chrono::seconds(10);  ///< for the device to take what is sent

  /// Bounds of the procedures, whatever their waits add up to.
  Duration initialize_limit = std::chrono::seconds(60);
  Duration call_limit = std::chrono::seconds(300);
  Duration answer_limit = std::chrono::seconds(150);
  Duration disconnect_limit = std::chrono::seconds(30);
  Duration reset_limit = std::chrono::seconds(40);

  Duration limit(Procedure procedure) const;
};

class Receiver;
class Secrets;

/// Plays one procedure at a time, on the thread of the line. User variables live as long as the player.
///
/// Never blocks; everything can be cancelled (Asio cancellation), after which the player can play again.
/// Bytes that no procedure has read stay in the player. `device`, `clock` and `events` must outlive it.
class Player {
 public:
  using Value = std::variant<std::int64_t, std::string>;

  Player(line::Line& device, Clock& clock, ScriptEvents& events, PlayerOptions options = {});
  ~Player();

  /// Errors of the line are part of the outcome. `limit` shortens the bound of the procedure.
  Task<Outcome> play(Script script, Procedure procedure, Variables variables = {},
                     Duration limit = Duration::max());

  /// Lets people see, with secrets masked, what the device sent outside of procedures.
  void show(std::string_view received) const;

  /// What the device sent and no procedure took: after a CONNECT the first bytes of the session.
  std::string take_unread();

  /// What the device has sent, to be listened to between procedures.
  Receiver& receiver() const { return *receiver_; }

 private:
  line::Line& device_;
  Clock& clock_;
  ScriptEvents& events_;
  PlayerOptions options_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<Secrets> secrets_;
  std::map<std::string, Value> user_variables_;
};

}  // namespace external::modem
