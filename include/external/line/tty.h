#pragma once
// Serial ports of the system: UARTs, USB adapters, pseudo terminals.

#include <external/line/line.h>

namespace external::line {

/// Takes a sentence for the administrator's log. Called on the thread of the caller.
using Note = std::function<void(const std::string&)>;

struct TtyOptions {
  unsigned speed = 9600;                  ///< bits per second, 8N1
  bool hardware_flow_control = true;      ///< RTS/CTS
  std::string lock_folder = "/run/lock";  ///< where LCK.. files live; empty: flock only
  Note note = {};                         ///< told while the port is opened: a stale lock file was removed
};

/// Who keeps a port from us.
struct Holder {
  int pid = 0;                    ///< 0 if unknown
  std::string program;            ///< empty if unknown
  std::optional<WallTime> since;  ///< when that process was started, to the second, if known
};

/// Opens and locks a port: flock on the device, then UUCP lock file (LCK..name holding the pid) under the
/// name of the device that `path` leads to. A lock file of a process that is gone is replaced. The device is
/// not even opened while another program's lock file is in force.
///
/// The descriptor is close-on-exec and raw; received bytes are kept. Both locks last as long as the line
/// object. A speed that the system does not have is refused, not replaced by a near one.
///
/// Control lines, break and counters of errors are those of the driver; a pseudo terminal has none of them
/// (Error::unsupported), and its DTR is speed B0. wait_for_change() needs a driver with TIOCMIWAIT and a
/// thread, which is started with the first wait and ends with close().
///
/// Errors: Error::held (see holder_of), Error::not_a_terminal, Error::bad_speed, Error::no_lock_folder,
/// Error::lock_unreadable, Error::lock_unwritable, ENOENT, EACCES, .... trouble_of() has words for them.
Result<std::unique_ptr<Line>> open_tty(const asio::any_io_executor& executor, Clock& clock,
                                       const std::string& path, const TtyOptions& options);

/// The process that holds `path` by a lock file, has it open, or has it flocked, as far as can be seen. Reads
/// /proc; takes milliseconds.
std::optional<Holder> holder_of(const std::string& path, const std::string& lock_folder);

}  // namespace external::line
