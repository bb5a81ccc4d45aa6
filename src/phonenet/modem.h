#pragma once
// A Hayes modem: bytes and DTR from the computer on one side, a telephone jack on the other, timers inside.

#include "agenda.h"
#include "command.h"
#include "control_lines.h"
#include "escape.h"
#include "outlet.h"
#include "profile.h"
#include "quirks.h"
#include "result.h"
#include "telephone.h"

namespace external::phonenet {

struct ModemOptions {
  Duration answer_delay = std::chrono::milliseconds(30);  ///< from the CR to the result
  Duration reset_delay = std::chrono::milliseconds(500);  ///< of ATZ; what arrives meanwhile is lost
  Duration store_delay = std::chrono::milliseconds(600);  ///< of AT&W
  std::size_t receive_buffer = 4096;  ///< bytes kept for the computer in online command state; more are lost
  Profile profile;                    ///< as delivered by the factory; AT&F brings it back
  Quirks quirks;
};

enum class ModemState {
  off,             ///< no power
  command,         ///< on hook (or silently off hook), takes commands
  dialling,        ///< from ATD to CONNECT or failure
  answering,       ///< from ATA or automatic answer to CONNECT or failure
  online,          ///< bytes pass through
  online_command,  ///< in a call, takes commands
};
std::string_view to_string(ModemState state);

class Modem final : public Telephone {
 public:
  /// What a modem tells its computer's port.
  struct Port {
    std::function<void(ByteView)> to_computer;  ///< results and data
    std::function<void()> room_made;            ///< after room() was 0
    std::function<void()> purge;                ///< throw away what the computer sent and we have not taken
    std::function<void()> lines_changed = {};   ///< lines() is not what it was
  };

  /// `agenda` and `jack` outlive the modem. The modem starts with power on and DTR low.
  Modem(Agenda& agenda, Jack& jack, ModemOptions options, Port port);

  /// Bytes from the computer. All are taken; room() says how many should be given.
  void receive(ByteView bytes);
  std::size_t room() const;

  /// DTR as the computer sets it. What falling does is up to &D.
  void set_dtr(bool high);
  /// DTR as it is on the wire.
  bool dtr() const { return dtr_; }
  /// The computer opens the port anew: a DTR that stuck works again.
  void port_opened() { calls_since_opened_ = 0; }
  const Quirks& quirks() const { return quirks_; }
  /// Counts in hits go on from what is given: alter a copy of quirks().
  void set_quirks(const Quirks& quirks);

  /// DCD as it should be: on with &C0, else while there is a carrier.
  bool carrier() const;
  /// What the computer sees on the control lines now.
  ControlLines lines() const;

  /// Alters what the factory delivered, and what is stored: commands as after AT, for example E0V0S0=1. Only
  /// settings. Returns false, with nothing changed, if one is unknown. For use before anything else.
  bool preset(std::string_view settings);

  void power_off();
  void power_on();

  ModemState state() const { return state_; }
  /// Bytes for a computer that could not take them.
  std::uint64_t dropped() const { return dropped_; }
  const Profile& profile() const { return profile_; }

  void ring() override;
  void connected(unsigned rate) override;
  void failed(DialFailure failure) override;
  void carrier_lost() override;
  void deliver(ByteView bytes) override;
  void room_made() override;

 private:
  /// What running one command leaves to do.
  enum class Next { go_on, done, error, online, silent };

  void take(ByteView bytes);
  void command_byte(std::uint8_t byte);
  void edit_line(std::uint8_t byte);
  void end_line();
  void abort_by_byte(std::uint8_t byte);
  void online_bytes(ByteView bytes);
  void escaped();

  void execute(std::string_view line);
  Next run(const Command& command);
  Next run_basic(const Command& command);
  Next run_setting(const Command& command);
  Next run_ampersand(const Command& command);
  Next run_extended(const Command& command);
  Next run_register(const Command& command);
  Next dial(const Command& command);
  Next answer();
  Next hook(unsigned number);
  Next information(unsigned number);
  Next reset();
  Next return_online();
  Next set_flag(bool& flag, const Command& command);

  void dtr_fell();
  bool dtr_stuck() const;
  void load_stored();
  bool apply_settings(std::string_view settings);
  bool refuses(const std::string& number);
  void say_caller();

  void reply(ModemResult result, Duration delay);
  void replied();
  void emit(ModemResult result);
  void send_answer(std::string text);
  void to_computer(std::string_view text);

  void start_call(ModemState state);
  void call_failed(ResultCode code);
  void no_carrier_in_time();
  bool in_call() const { return state_ == ModemState::online || state_ == ModemState::online_command; }
  bool hears_busy() const { return profile_.result_level >= 3; }
  bool waits_for_tone() const { return profile_.result_level == 2 || profile_.result_level == 4; }
  void end_call();
  void go_command();
  void look_at_lines();
  Duration guard_time() const;

  Agenda& agenda_;
  Jack& jack_;
  ModemOptions options_;
  Port port_;
  Quirks quirks_;
  Profile profile_;
  Profile stored_;
  ModemState state_ = ModemState::command;
  bool dtr_ = false;

  std::string line_;       // the command line being typed
  std::string last_line_;  // for A/
  unsigned selected_ = 0;  // the register that = and ? mean
  std::string number_;     // digits dialled so far
  std::string last_number_;

  bool executing_ = false;  // between a CR and its result
  bool deaf_ = false;       // executing, and losing what arrives
  Duration delay_{};
  std::string information_;
  ModemResult result_;
  Bytes waiting_;  // arrived while executing

  unsigned rate_ = 0;
  TimePoint call_started_{};
  EscapeDetector escape_;
  Bytes held_;  // from the line in online command state
  std::uint64_t dropped_ = 0;

  // For quirks.
  Outlet outlet_;
  Leak from_computer_;
  Leak to_computer_;
  std::string kept_answer_;
  std::map<std::string, unsigned> failures_;  // by number dialled
  unsigned calls_since_opened_ = 0;

  Timer reply_timer_;
  Timer dial_timer_;
  Timer carrier_timer_;
  Timer escape_timer_;
  Timer ring_timer_;
  ControlLines lines_;  // as last told
  Timer bell_timer_;    // runs while the bell sounds
  Timer caller_timer_;
  Timer dtr_timer_;
  Timer dsr_timer_;   // runs while DSR is low
  Timer deaf_timer_;  // runs while CTS is low
};

}  // namespace external::phonenet
