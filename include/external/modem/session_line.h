#pragma once
// The line of a call that stands: what came behind the CONNECT, then the device, with an eye on the carrier.

#include <external/line/line.h>

namespace external::modem {

/// A line over a device that something else owns. Everything received is delivered; when the call has ended,
/// reads and writes then report line::Error::hung_up, for good. The call has ended when
///  - the device says so,
///  - the carrier line was high once and is low now (noticed within a quarter of a second of reading), or
///  - the modem said NO CARRIER ("\r\nNO CARRIER\r\n"; from a modem with numeric results "3\r" after a pause
///  of half
///    a second) and then nothing for 300 ms, as modems do whose carrier line is not wired. Other results may
///    follow it: what is still written then reaches the modem as commands.
class SessionLine final : public line::Line {
 public:
  /// `unread` is delivered first. `numeric_results`: the modem does not use words.
  SessionLine(line::Line& device, Clock& clock, std::string unread, bool numeric_results);

  /// Whether the call has ended; looks at the carrier line now.
  bool carrier_lost();

  std::string name() const override { return device_.name(); }
  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override;
  Task<error_code> write(ByteView bytes, TimePoint deadline) override;
  std::size_t discard_input() override;
  void discard_output() override { device_.discard_output(); }
  Result<line::ControlLines> control_lines() override { return device_.control_lines(); }
  error_code set_dtr(bool high) override { return device_.set_dtr(high); }
  unsigned speed() const override { return device_.speed(); }
  error_code set_speed(unsigned bits_per_second) override { return device_.set_speed(bits_per_second); }
  void close() override { device_.close(); }

 private:
  std::size_t deliver_unread(std::span<std::uint8_t> into);
  void look_at(ByteView bytes);
  bool said_no_carrier() const;
  TimePoint next_look(TimePoint deadline);

  line::Line& device_;
  Clock& clock_;
  std::string unread_;
  bool numeric_results_;
  std::string recent_;  ///< the last bytes received
  std::string burst_;   ///< the first bytes since the last pause, enough to know a numeric result
  TimePoint last_byte_;
  bool has_lines_;
  bool carrier_seen_ = false;
  bool lost_ = false;
};

}  // namespace external::modem
