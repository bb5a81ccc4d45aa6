#include "descriptor_io.h"
#include "port_lock.h"

#include <external/base/descriptor.h>
#include <external/line/tty.h>

#include <fstream>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace external::line {

namespace {

struct Speed {
  unsigned bits_per_second;
  speed_t code;
};
constexpr Speed speeds[] = {
    {300, B300},         {600, B600},         {1200, B1200},       {2400, B2400},       {4800, B4800},
    {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},     {115200, B115200},
    {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},   {921600, B921600},
    {1000000, B1000000}, {1152000, B1152000}, {1500000, B1500000}, {2000000, B2000000}, {2500000, B2500000},
    {3000000, B3000000}, {3500000, B3500000}, {4000000, B4000000}};

std::optional<speed_t> speed_code(unsigned bits_per_second) {
  for (const auto& speed : speeds) {
    if (speed.bits_per_second == bits_per_second) return speed.code;
  }
  return std::nullopt;
}

error_code last_error() {
  return from_errno(errno);
}

class TtyLine final : public Line {
 public:
  TtyLine(const asio::any_io_executor& executor, Clock& clock, std::string path, Descriptor fd, PortLock lock)
      : clock_(clock), path_(std::move(path)), lock_(std::move(lock)), device_(executor, fd.release()) {}
  ~TtyLine() override { TtyLine::close(); }

  error_code configure(unsigned bits_per_second, bool hardware_flow_control) {
    const auto code = speed_code(bits_per_second);
    if (!code) return Error::bad_speed;
    termios settings{};
    if (::tcgetattr(fd(), &settings) != 0) return last_error();
    ::cfmakeraw(&settings);
    settings.c_cflag |= CREAD | CLOCAL | HUPCL;
    settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
    if (hardware_flow_control) settings.c_cflag |= CRTSCTS;
    // VMIN 1: with O_NONBLOCK no data is EAGAIN, so that a count of 0 can only mean a hang-up.
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    ::cfsetspeed(&settings, *code);
    if (::tcsetattr(fd(), TCSANOW, &settings) != 0) return last_error();
    speed_ = bits_per_second;
    return {};
  }

  std::string name() const override { return path_; }

  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override {
    co_return co_await read_some(device_, into, clock_, deadline);
  }

  Task<error_code> write(ByteView bytes, TimePoint deadline) override {
    co_return co_await write_all(device_, bytes, clock_, deadline);
  }

  std::size_t discard_input() override {
    if (!device_.is_open()) return 0;
    int waiting = 0;
    ::ioctl(fd(), FIONREAD, &waiting);
    ::tcflush(fd(), TCIFLUSH);
    return static_cast<std::size_t>(std::max(waiting, 0));
  }

  void discard_output() override {
    if (device_.is_open()) ::tcflush(fd(), TCOFLUSH);
  }

  Result<ControlLines> control_lines() override {
    int bits = 0;
    if (!device_.is_open() || ::ioctl(fd(), TIOCMGET, &bits) != 0) return error_code(Error::unsupported);
    ControlLines lines;
    lines.carrier = (bits & TIOCM_CAR) != 0;
    lines.ring = (bits & TIOCM_RNG) != 0;
    lines.data_set_ready = (bits & TIOCM_DSR) != 0;
    lines.clear_to_send = (bits & TIOCM_CTS) != 0;
    return lines;
  }

  error_code set_dtr(bool high) override {
    if (!device_.is_open()) return asio::error::operation_aborted;
    int bit = TIOCM_DTR;
    if (::ioctl(fd(), high ? TIOCMBIS : TIOCMBIC, &bit) == 0) return {};
    if (errno != ENOTTY && errno != EINVAL) return last_error();
    // A pseudo terminal has no DTR, but its other side can see the POSIX form of "hang up": speed 0.
    return apply_speed(high ? speed_code(speed_).value_or(B9600) : B0);
  }

  unsigned speed() const override { return speed_; }

  error_code set_speed(unsigned bits_per_second) override {
    const auto code = speed_code(bits_per_second);
    if (!code) return Error::bad_speed;
    if (const auto error = apply_speed(*code)) return error;
    speed_ = bits_per_second;
    return {};
  }

  void close() override {
    if (!device_.is_open()) return;
    // Bytes nobody will take would otherwise hold up close() until the kernel gives up on them.
    ::tcflush(fd(), TCIOFLUSH);
    ::flock(fd(), LOCK_UN);
    ::ioctl(fd(), TIOCNXCL);
    error_code ignored;
    device_.close(ignored);
    lock_ = PortLock();
  }

 private:
  int fd() { return device_.native_handle(); }

  error_code apply_speed(speed_t code) {
    if (!device_.is_open()) return asio::error::operation_aborted;
    termios settings{};
    if (::tcgetattr(fd(), &settings) != 0) return last_error();
    ::cfsetspeed(&settings, code);
    if (::tcsetattr(fd(), TCSANOW, &settings) != 0) return last_error();
    return {};
  }

  Clock& clock_;
  std::string path_;
  PortLock lock_;
  asio::posix::stream_descriptor device_;
  unsigned speed_ = 0;
};

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  return resolved ? resolved.get() : path;
}

std::string program_of(int pid) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
  return name;
}

/// Whether process `pid` has `device` open, as far as we may look.
bool has_open(int pid, const std::string& device) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  const std::unique_ptr<DIR, int (*)(DIR*)> open_files(::opendir(folder.c_str()), &::closedir);
  if (!open_files) return false;
  while (const dirent* entry = ::readdir(open_files.get())) {
    char target[512];
    const auto size = ::readlink((folder + "/" + entry->d_name).c_str(), target, sizeof target);
    if (size > 0 && device == std::string_view(target, static_cast<std::size_t>(size))) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<Line>> open_tty(const asio::any_io_executor& executor, Clock& clock,
                                       const std::string& path, const TtyOptions& options) {
  const std::string device = real_path(path);
  // Not even opened while another program has it: that alone would raise DTR under its call.
  if (PortLock::held_elsewhere(device, options.lock_folder)) return error_code(Error::held);
  Descriptor fd(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd)
    return errno == EBUSY ? error_code(Error::held) : error_code(errno, boost::system::system_category());
  if (::isatty(fd.get()) == 0) return error_code(Error::not_a_terminal);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return error_code(Error::held);
  auto lock = PortLock::take(device, options.lock_folder);
  if (!lock) return lock.error();
  ::ioctl(fd.get(), TIOCEXCL);
  auto line = std::make_unique<TtyLine>(executor, clock, path, std::move(fd), std::move(*lock));
  if (const auto error = line->configure(options.speed, options.hardware_flow_control)) return error;
  return std::unique_ptr<Line>(std::move(line));
}

std::optional<Holder> holder_of(const std::string& path, const std::string& lock_folder) {
  const std::string device = real_path(path);
  if (!lock_folder.empty()) {
    const int pid = pid_in_lock_file(lock_file_of(device, lock_folder));
    if (is_alive(pid)) return Holder{pid, program_of(pid)};
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), &::closedir);
  if (!processes) return std::nullopt;
  while (const dirent* entry = ::readdir(processes.get())) {
    const int pid = std::atoi(entry->d_name);
    if (pid > 0 && pid != ::getpid() && has_open(pid, device)) return Holder{pid, program_of(pid)};
  }
  return std::nullopt;
}

}  // namespace external::line
