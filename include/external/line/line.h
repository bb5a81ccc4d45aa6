#pragma once
// A line: a way to exchange bytes with another end.

#include <external/base/asio.h>
#include <external/base/clock.h>

namespace external::line {

/// Why a line operation failed, beside the system's own error codes.
enum class Error {
  hung_up = 1,      ///< the other end or the device is gone: end of file, EIO, ENXIO, ENODEV
  held,             ///< another process holds the port
  unsupported,      ///< this kind of line cannot do that
  bad_speed,        ///< the device does not know this speed
  not_a_terminal,   ///< the path exists but is no serial port
  no_lock_folder,   ///< the folder for lock files does not exist
  lock_unreadable,  ///< there is a lock file, and this user may not read who made it
  lock_unwritable,  ///< the lock file cannot be written or removed

  // Of a serial port behind a server (RFC 2217):
  no_answer,           ///< what was connected to does not speak Telnet
  no_com_port_option,  ///< it does, but has no serial port to offer
  not_transparent,     ///< the server refuses 8N1 or binary transmission
  bad_peer,            ///< what the server sends makes no sense
  turned_away,         ///< the server closed the connection before the port was set up
};

const boost::system::error_category& error_category();
error_code make_error_code(Error error);

/// The modem control lines as seen from the computer.
struct ControlLines {
  bool carrier = false;         ///< DCD
  bool ring = false;            ///< RI
  bool data_set_ready = false;  ///< DSR
  bool clear_to_send = false;   ///< CTS
  bool terminal_ready = true;   ///< DTR, read back where the device can tell
  bool request_to_send = true;  ///< RTS, likewise
};

/// What went wrong between modem and computer since the port was opened, as far as the port counts it.
struct PortErrors {
  std::uint64_t overruns = 0;  ///< bytes lost because the UART or the driver had no room
  std::uint64_t framing = 0;
  std::uint64_t parity = 0;
  std::uint64_t breaks = 0;
};

/// One end of a line. Used on the thread of its io_context only; one reader and one writer at a time.
///
/// read() and write() can be cancelled (Asio cancellation) without losing bytes: what was not returned by a
/// read stays to be read.
class Line {
 public:
  virtual ~Line() = default;

  /// What logs call it: the device path, host:port, a name.
  virtual std::string name() const = 0;

  /// Reads what is there, waiting for the first byte until `deadline`.
  /// Errors: asio::error::timed_out; Error::hung_up; system errors.
  virtual Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) = 0;

  /// Hands all bytes to the device or the system's buffer, waiting for room until `deadline`.
  /// On timed_out some of the bytes may have been taken.
  virtual Task<error_code> write(ByteView bytes, TimePoint deadline) = 0;

  /// How many of the bytes written are still in the computer; nothing where the line cannot tell.
  virtual std::optional<std::size_t> unsent();

  /// Throws away what was received and not yet read. Returns how many bytes that were, as far as known.
  virtual std::size_t discard_input() = 0;

  /// Throws away what was written and not yet sent.
  virtual void discard_output() = 0;

  /// The control lines, or Error::unsupported where there are none (pseudo terminals, TCP).
  virtual Result<ControlLines> control_lines() = 0;

  /// Raises or lowers DTR. Low tells a modem to hang up. On a pseudo terminal low is speed B0, which the
  /// other side can see. Error::unsupported on lines without.
  virtual error_code set_dtr(bool high) = 0;

  /// Raises or lowers RTS by hand; with hardware flow control it is the driver's, and this is unsupported.
  virtual error_code set_rts(bool high);

  /// Waits until a control line may have changed since control_lines() was last asked, until `deadline`.
  /// Errors: asio::error::timed_out; Error::unsupported at once where the line cannot tell: look now and
  /// then. May run beside a read. Cancelled like one.
  virtual Task<error_code> wait_for_change(TimePoint deadline);

  /// Holds the line in the break condition for `duration`. Error::unsupported on lines without.
  virtual Task<error_code> send_break(Duration duration);

  /// Error::unsupported where the port does not count.
  virtual Result<PortErrors> port_errors();

  /// The speed between computer and modem, bits per second. 0 where there is none.
  virtual unsigned speed() const = 0;
  virtual error_code set_speed(unsigned bits_per_second) = 0;

  /// Gives the device and its lock back, at once and for good; pending operations end with operation_aborted.
  virtual void close() = 0;
};

}  // namespace external::line

template <>
struct boost::system::is_error_code_enum<external::line::Error> : std::true_type {};
