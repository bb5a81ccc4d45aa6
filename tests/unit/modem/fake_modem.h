#pragma once
// A small Hayes modem on a virtual clock, seen from the computer's side of its cable.

#include <external/base/async.h>
#include <external/line/line.h>

namespace external::modem::test {

struct FakeOptions {
  unsigned bits_per_second = 9600;
  Duration answer_delay = std::chrono::milliseconds(50);
  Duration reset_delay = std::chrono::milliseconds(500);  ///< of ATZ
  Duration store_delay = std::chrono::milliseconds(600);  ///< of &W
  bool echo = true;                                       ///< of the stored profile
  bool verbose = true;
  bool silent = false;  ///< switched off
  bool obeys_dtr = true;
  bool has_control_lines = false;
  bool takes_bytes = true;  ///< false: CTS low
  std::string dial_result = "CONNECT 9600";
  Duration dial_delay = std::chrono::seconds(5);
  std::string behind_connect;  ///< what the other end says at once
};

/// The calls that a test makes on it are those of a telephone exchange: ring(), say_in_call(),
/// lose_carrier().
class FakeModem final : public line::Line {
 public:
  FakeModem(const asio::any_io_executor& executor, Clock& clock, FakeOptions options = {});

  // The other side of it.
  void ring();
  void say(std::string_view text, Duration after = {});
  void lose_carrier();
  void set_ring_line(bool high) { ring_line_ = high; }
  FakeOptions& options() { return options_; }

  // What a test may want to know.
  const std::vector<std::string>& commands() const { return commands_; }
  const std::string& sent_in_call() const { return sent_in_call_; }
  bool in_call() const { return in_call_; }
  bool dtr() const { return dtr_; }
  bool closed() const { return closed_; }
  int auto_answer() const { return auto_answer_; }
  const std::vector<unsigned>& speeds() const { return speeds_; }

  // Line.
  std::string name() const override { return "fake"; }
  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override;
  Task<error_code> write(ByteView bytes, TimePoint deadline) override;
  std::size_t discard_input() override;
  void discard_output() override {}
  Result<line::ControlLines> control_lines() override;
  error_code set_dtr(bool high) override;
  unsigned speed() const override { return speed_; }
  error_code set_speed(unsigned bits_per_second) override;
  void close() override;

 private:
  void take_byte(char c);
  void take_in_call(char c);
  void execute(std::string line);
  void set(std::string_view rest);
  void result(std::string_view words, Duration after);
  void factory();
  bool guarded_escape() const;

  struct Coming {
    TimePoint arrives;
    char byte;
  };

  Clock& clock_;
  FakeOptions options_;
  Event readable_;
  std::deque<Coming> coming_;
  std::string line_;
  std::vector<std::string> commands_;
  std::string sent_in_call_;
  std::vector<unsigned> speeds_;
  unsigned speed_;
  bool echo_;
  bool verbose_;
  int auto_answer_ = 1;
  bool in_call_ = false;
  bool escaped_ = false;  ///< in a call, but taking commands
  bool dtr_ = true;
  bool ring_line_ = false;
  bool closed_ = false;
  std::string pluses_;
  TimePoint last_sent_{};
  TimePoint before_pluses_{};
};

}  // namespace external::modem::test
