#pragma once
// An open serial port.

#include "edge_watcher.h"
#include "port_lock.h"
#include "uart.h"

#include <external/base/descriptor.h>

#include <termios.h>

namespace external::line {

class TtyLine final : public Line {
 public:
  /// Takes over `fd`, an open non-blocking terminal, and its lock. `uart` is its driver.
  TtyLine(const asio::any_io_executor& executor, Clock& clock, std::string path, Descriptor fd, PortLock lock,
          std::unique_ptr<Uart> uart);
  ~TtyLine() override { TtyLine::close(); }

  /// Raw, 8N1, at this speed. To be called once, before anything else.
  error_code configure(unsigned bits_per_second, bool hardware_flow_control);

  std::string name() const override { return path_; }
  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override;
  Task<error_code> write(ByteView bytes, TimePoint deadline) override;
  std::optional<std::size_t> unsent() override;
  std::size_t discard_input() override;
  void discard_output() override;
  Result<ControlLines> control_lines() override;
  error_code set_dtr(bool high) override;
  error_code set_rts(bool high) override;
  Task<error_code> wait_for_change(TimePoint deadline) override;
  Task<error_code> send_break(Duration duration) override;
  Result<PortErrors> port_errors() override;
  unsigned speed() const override { return speed_; }
  error_code set_speed(unsigned bits_per_second) override;
  void close() override;

 private:
  /// The control lines at one moment, with how often each has changed where the driver counts that: a short
  /// ring is over before anyone looks.
  struct Look {
    int lines = 0;
    std::array<int, 4> changes{};
    bool operator==(const Look&) const = default;
  };

  int fd() { return device_.native_handle(); }
  error_code apply_speed(speed_t code);
  Result<Look> look();

  Clock& clock_;
  std::string path_;
  PortLock lock_;
  asio::posix::stream_descriptor device_;
  std::shared_ptr<Uart> uart_;
  std::shared_ptr<Edges> edges_;
  std::optional<EdgeWatcher> watcher_;
  std::optional<Look> last_look_;
  std::optional<serial_icounter_struct> counts_at_opening_;
  bool hardware_flow_control_ = false;
  unsigned speed_ = 0;
};

}  // namespace external::line
