#pragma once
// Serial ports of the system: UARTs, USB adapters, pseudo terminals.

#include <external/line/line.h>

namespace external::line {

struct TtyOptions {
  unsigned speed = 9600;                  ///< bits per second, 8N1
  bool hardware_flow_control = true;      ///< RTS/CTS
  std::string lock_folder = "/run/lock";  ///< where LCK.. files live; empty: flock only
};

/// Who keeps a port from us.
struct Holder {
  int pid = 0;          ///< 0 if unknown
  std::string program;  ///< empty if unknown
};

/// Opens and locks a port: UUCP lock file (LCK..name holding the pid), then flock on the device. A lock file
/// of a process that is gone is removed. The descriptor is close-on-exec and raw; received bytes are kept.
/// Both locks last as long as the line object. Errors: Error::held (see holder_of), Error::not_a_terminal,
/// ENOENT, EACCES, ....
Result<std::unique_ptr<Line>> open_tty(const asio::any_io_executor& executor, Clock& clock,
                                       const std::string& path, const TtyOptions& options);

/// The process that holds `path` by a lock file, or has it open, as far as can be seen.
std::optional<Holder> holder_of(const std::string& path, const std::string& lock_folder);

}  // namespace external::line
