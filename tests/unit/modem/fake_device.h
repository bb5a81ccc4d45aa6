#pragma once
// The computer's side of a cable on a virtual clock. What stands at its other end is told by a derived class.

#include <external/base/async.h>
#include <external/line/line.h>

namespace external::modem::test {

class FakeDevice : public line::Line {
 public:
  FakeDevice(const asio::any_io_executor& executor, Clock& clock, unsigned bits_per_second);

  /// Sends `text` to the computer, byte by byte at the speed of the line, beginning after `after`.
  void say(std::string_view text, Duration after = {});

  bool dtr() const { return dtr_; }
  bool closed() const { return closed_; }
  const std::vector<unsigned>& speeds() const { return speeds_; }

  std::string name() const override { return "fake"; }
  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override;
  Task<error_code> write(ByteView bytes, TimePoint deadline) override;
  std::size_t discard_input() override;
  void discard_output() override {}
  Result<line::ControlLines> control_lines() override { return error_code(line::Error::unsupported); }
  error_code set_dtr(bool high) override;
  unsigned speed() const override { return speed_; }
  error_code set_speed(unsigned bits_per_second) override;
  void close() override;

 protected:
  /// What it says when the time has come; given the time it was planned for.
  using Speech = std::function<std::string(TimePoint)>;

  void plan(Speech speech, Duration after);

  /// Delays everything planned that has not begun: what follows then comes in one piece with it.
  void hold_back(Duration after);

  /// Lets happen what was planned until now. Everything that looks at the device calls it first.
  void catch_up();

  virtual void take_byte(char c) = 0;

  /// false: CTS is low, and writes wait for their deadline.
  virtual bool takes_bytes() const { return true; }
  virtual void dtr_changed(bool) {}

  Clock& clock_;

 private:
  struct Coming {
    TimePoint arrives;
    char byte;
  };

  Event readable_;
  std::multimap<TimePoint, Speech> planned_;
  std::deque<Coming> coming_;
  std::vector<unsigned> speeds_;
  unsigned line_speed_;
  unsigned speed_;
  bool dtr_ = true;
  bool closed_ = false;
};

}  // namespace external::modem::test
