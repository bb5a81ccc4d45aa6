#include "port_path.h"
#include "tty_line.h"

#include <external/base/guard.h>
#include <external/line/tty.h>

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace external::line {

namespace {

/// A program that is started while the port is open, and outlives it, must not keep it.
int open_flags() {
  return O_RDWR | O_NOCTTY | O_NONBLOCK | (guarded("R02") ? O_CLOEXEC : 0);
}

}  // namespace

Result<std::unique_ptr<Line>> open_tty(const asio::any_io_executor& executor, Clock& clock,
                                       const std::string& path, const TtyOptions& options) {
  const std::string device = device_of(path);
  // Not even opened while another program has it: that alone would raise DTR under its call.
  if (const auto error = PortLock::permission(device, options.lock_folder, clock.wall())) return error;
  Descriptor fd(::open(device.c_str(), open_flags()));
  if (!fd)
    return errno == EBUSY ? error_code(Error::held) : error_code(errno, boost::system::system_category());
  if (::isatty(fd.get()) == 0)
    return errno == ENOTTY ? error_code(Error::not_a_terminal)
                           : error_code(errno, boost::system::system_category());
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return error_code(Error::held);
  auto lock = PortLock::take(device, options.lock_folder, clock.wall(), options.note);
  if (!lock) return lock.error();
  ::ioctl(fd.get(), TIOCEXCL);
  auto driver = make_uart(fd.get());
  auto line =
      std::make_unique<TtyLine>(executor, clock, path, std::move(fd), std::move(*lock), std::move(driver));
  if (const auto error = line->configure(options.speed, options.hardware_flow_control)) return error;
  return std::unique_ptr<Line>(std::move(line));
}

}  // namespace external::line
