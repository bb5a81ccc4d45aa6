#pragma once
// A small Hayes modem on a virtual clock, seen from the computer's side of its cable.

#include "fake_device.h"

namespace external::modem::test {

struct FakeOptions {
  unsigned bits_per_second = 9600;
  Duration answer_delay = std::chrono::milliseconds(50);
  Duration reset_delay = std::chrono::milliseconds(500);  ///< of ATZ
  Duration store_delay = std::chrono::milliseconds(600);  ///< of &W
  bool echo = true;                                       ///< of the stored profile
  bool verbose = true;
  bool silent = false;  ///< switched off
  bool merges = false;  ///< two commands in a row get their answers in one piece
  bool obeys_dtr = true;
  bool has_control_lines = false;
  bool takes_bytes = true;  ///< false: CTS low
  std::string dial_result = "CONNECT 9600";
  std::string numeric_result;  ///< of dialling, where it is none of the usual ones
  Duration dial_delay = std::chrono::seconds(5);
  std::string registration;    ///< what +CREG? says, such as "0,1"; empty: an unknown command
  std::string behind_connect;  ///< what the other end says
  Duration behind_after{};     ///< from the CONNECT on
};

/// The calls that a test makes on it are those of a telephone exchange: ring(), ring_after(),
/// lose_carrier().
class FakeModem final : public FakeDevice {
 public:
  FakeModem(const asio::any_io_executor& executor, Clock& clock, FakeOptions options = {});

  // The other side of it.
  void ring() { ring_after({}); }
  /// Rings after `first` and then every six seconds, while nobody has answered; the ring line is high for a
  /// second each time.
  void ring_after(Duration first, int times = 1);
  void lose_carrier();
  void set_ring_line(bool high) { ring_line_ = high; }
  FakeOptions& options() { return options_; }

  // What a test may want to know.
  const std::vector<std::string>& commands() const { return commands_; }
  const std::string& sent_in_call() const { return sent_in_call_; }
  bool in_call();
  int auto_answer() const { return registers_.at(0); }

  // Line.
  Result<line::ControlLines> control_lines() override;

 private:
  /// What AT&W keeps.
  struct Profile {
    bool echo = true;
    bool verbose = true;
    bool quiet = false;
    int extended = 4;  ///< X
    bool carrier_follows = true;
    int dtr = 2;
    std::map<int, int> registers{{0, 0}};
  };

  void take_byte(char c) override;
  bool takes_bytes() const override { return options_.takes_bytes; }
  void dtr_changed(bool high) override;
  void take_in_call(char c);
  void execute(std::string line);
  bool perform(std::string_view command, std::size_t& at);
  bool tell_registration(std::string_view command, std::size_t& at);
  bool set_register(std::string_view command, std::size_t& at);
  void set(char prefix, char letter, int value);
  void dial();
  void hang_up();
  void result(std::string_view words, Duration after);
  std::string worded(std::string_view words) const;
  std::string spoken(std::string_view words) const;

  FakeOptions options_;
  std::string line_;
  std::vector<std::string> commands_;
  std::string sent_in_call_;
  Profile stored_;
  Profile now_;
  std::map<int, int>& registers_ = now_.registers;
  Duration command_time_{};
  bool in_call_ = false;
  bool escaped_ = false;  ///< in a call, but taking commands
  bool dialling_ = false;
  unsigned calls_ = 0;  ///< dialled or answered
  int dials_ = 0;
  bool ring_line_ = false;
  TimePoint ring_line_until_{};
  std::string pluses_;
  TimePoint last_sent_{};
  TimePoint before_pluses_{};
};

}  // namespace external::modem::test
