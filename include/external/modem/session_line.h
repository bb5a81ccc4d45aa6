#pragma once
// The line of a call that stands: what came behind the CONNECT, then the device, with an eye on the carrier.

#include <external/line/line.h>

namespace external::modem {

/// A line over a device that something else owns. Everything received is delivered; when the call has ended,
/// reads and writes then report line::Error::hung_up, for good. The call has ended when
///  - the device says so,
///  - the carrier line was high once and is low now (noticed within a quarter of a second of reading), or
///  - the modem said so in words and then nothing for 300 ms, as modems do whose carrier line is not wired:
///    NO CARRIER on a line of its own (from a modem with numeric results "3\r" after a pause of half a
///    second), the service signals CLR and RESET of a PAD (X.28), *** DISCONNECTED of a packet radio TNC.
///    Other results may follow: what is still written then reaches the modem as commands.
class SessionLine final : public line::Line {
 public:
  /// `unread` is delivered first. `numeric_results`: the modem does not use words. `watch_carrier`: the
  /// carrier line, if there is one, tells the truth.
  SessionLine(line::Line& device, Clock& clock, std::string unread, bool numeric_results,
              bool watch_carrier = true);

  /// Whether the call has ended; looks at the carrier line now.
  bool carrier_lost();

  /// There is a carrier line that is watched, and it was low all the time.
  bool carrier_never_rose() const { return has_lines_ && !carrier_seen_; }

  std::string name() const override { return device_.name(); }
  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override;
  Task<error_code> write(ByteView bytes, TimePoint deadline) override;
  std::optional<std::size_t> unsent() override { return device_.unsent(); }
  std::size_t discard_input() override;
  void discard_output() override { device_.discard_output(); }
  Result<line::ControlLines> control_lines() override { return device_.control_lines(); }
  error_code set_dtr(bool high) override { return device_.set_dtr(high); }
  error_code set_rts(bool high) override { return device_.set_rts(high); }
  Task<error_code> wait_for_change(TimePoint deadline) override { return device_.wait_for_change(deadline); }
  Task<error_code> send_break(Duration duration) override { return device_.send_break(duration); }
  Result<line::PortErrors> port_errors() override { return device_.port_errors(); }
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
