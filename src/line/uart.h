#pragma once
// What the driver of a serial port knows beside bytes: control lines, break, counters.

#include <external/line/line.h>

#include <linux/serial.h>

namespace external::line {

/// The system calls behind a port's control lines; their bits are TIOCM_DTR and so on. An interface, so that
/// tests can play the driver. Everywhere Error::unsupported says that the port or its driver cannot do that,
/// as pseudo terminals cannot, and Error::hung_up that the device is gone.
class Uart {
 public:
  virtual ~Uart() = default;

  virtual Result<int> lines() = 0;
  virtual error_code raise(int bits) = 0;
  virtual error_code lower(int bits) = 0;
  virtual error_code hold_break(bool on) = 0;
  virtual Result<serial_icounter_struct> counts() = 0;

  /// Blocks its thread until CTS, DSR, DCD or RI changes; a signal to the thread ends it with EINTR. May run
  /// while another thread uses the rest.
  virtual error_code wait_for_edge() = 0;
};

/// The driver behind `fd`, which must stay open as long as this is used.
std::unique_ptr<Uart> make_uart(int fd);

}  // namespace external::line
