#include "descriptor_io.h"
#include "speeds.h"

#include <external/base/async.h>
#include <external/line/local_port.h>

#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace external::line {

using namespace std::chrono_literals;

namespace {

// The kernel tells nobody when a program opens the other side; it only answers when asked.
constexpr Duration look_interval = 20ms;

void make_raw(int slave) {
  termios settings{};
  if (::tcgetattr(slave, &settings) != 0) return;
  ::cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  ::cfsetspeed(&settings, B57600);
  ::tcsetattr(slave, TCSANOW, &settings);
}

}  // namespace

LocalPort::LocalPort(const asio::any_io_executor& executor, Clock& clock, std::filesystem::path link)
    : clock_(clock), link_(std::move(link)), master_(executor) {
  Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 128> name{};
  if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), name.data(), name.size()) != 0) {
    throw std::runtime_error("no pseudo terminal to be had: " + std::system_category().message(errno) +
                             "; is /dev/pts mounted, and its limit not reached?");
  }
  name_ = name.data();
  {
    // Only one that was open once and is no more is told from one that is open.
    const Descriptor slave(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (slave) make_raw(slave.get());
  }
  master_.assign(master.release());
  make_link();
}

LocalPort::~LocalPort() {
  std::error_code error;
  if (std::filesystem::read_symlink(link_, error) == name_ && !error) std::filesystem::remove(link_, error);
}

void LocalPort::make_link() const {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(link_, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_symlink(status))
    throw std::runtime_error(link_.string() + " is there and is no link; remove it, or choose another name");
  // Made beside and renamed, so that there is a port at every moment.
  const std::filesystem::path fresh = link_.string() + ".new";
  std::filesystem::remove(fresh, error);
  std::filesystem::create_symlink(name_, fresh, error);
  if (!error) std::filesystem::rename(fresh, link_, error);
  if (error)
    throw std::runtime_error("cannot make " + link_.string() + ": " + error.message() +
                             "; its folder must exist and be writable for this user");
}

bool LocalPort::is_open() const {
  pollfd state{const_cast<asio::posix::stream_descriptor&>(master_).native_handle(), POLLIN, 0};
  return ::poll(&state, 1, 0) <= 0 || (state.revents & POLLHUP) == 0;
}

Task<> LocalPort::wait_until_open() {
  while (!is_open()) co_await clock_.wait_for(look_interval);
}

Task<> LocalPort::wait_until_closed() {
  while (is_open()) co_await clock_.wait_for(look_interval);
}

unsigned LocalPort::speed() const {
  termios settings{};
  const int master = const_cast<asio::posix::stream_descriptor&>(master_).native_handle();
  if (::tcgetattr(master, &settings) != 0) return 0;
  return bits_per_second(::cfgetospeed(&settings));
}

bool LocalPort::is_low() const {
  return speed() == 0;
}

Task<Result<std::size_t>> LocalPort::read(std::span<std::uint8_t> into, TimePoint deadline) {
  co_return co_await read_some(master_, into, clock_, deadline);
}

Task<error_code> LocalPort::write(ByteView bytes, TimePoint deadline) {
  co_return co_await write_all(master_, bytes, clock_, deadline);
}

}  // namespace external::line
