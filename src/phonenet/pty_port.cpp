#include "pty_port.h"

#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace external::phonenet {

using namespace std::chrono_literals;

namespace {

constexpr auto look_interval = 20ms;
constexpr auto flush_interval = 5ms;
constexpr std::size_t most_unread = 16384;
constexpr int rounds_at_once = 16;  // reads before others get their turn

std::runtime_error failure(const std::string& what, const std::string& cure) {
  return std::runtime_error(what + ": " + std::system_category().message(errno) + "; " + cure);
}

void make_raw(int slave) {
  termios settings{};
  if (tcgetattr(slave, &settings) != 0) return;
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  cfsetspeed(&settings, B57600);
  tcsetattr(slave, TCSANOW, &settings);
}

}  // namespace

PtyPort::PtyPort(const asio::any_io_executor& executor, Agenda& agenda, std::filesystem::path link,
                 Modem modem)
    : master_(executor),
      link_(std::move(link)),
      modem_(std::move(modem)),
      look_timer_(agenda, [this] { look(); }),
      flush_timer_(agenda, [this] { flush(); }) {}

void PtyPort::plug() {
  if (plugged()) return;
  Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 128> name{};
  if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), name.data(), name.size()) != 0) {
    throw failure("no pseudo terminal to be had", "is /dev/pts mounted, and its limit not reached?");
  }
  slave_name_ = name.data();
  make_link();
  master_.assign(master.release());
  plugged_ = std::make_shared<bool>(true);
  restore_slave();
  look_timer_.start_in(look_interval);
}

void PtyPort::unplug() {
  if (!plugged()) return;
  remove_link();
  plugged_.reset();
  look_timer_.stop();
  flush_timer_.stop();
  error_code ignored;
  master_.close(ignored);
  in_use_ = held_ = full_ = waiting_ = false;
  dropped_ += out_.size();
  out_.clear();
  if (std::exchange(dtr_, false)) modem_.dtr(false);
}

void PtyPort::make_link() const {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(link_, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_symlink(status)) {
    throw std::runtime_error(link_.string() + " exists and is no link; remove it or choose another name");
  }
  // Made beside and renamed, so that there is a port at every moment to whoever waits for one.
  const std::filesystem::path fresh = link_.string() + ".new";
  std::filesystem::remove(fresh, error);
  std::filesystem::create_symlink(slave_name_, fresh, error);
  if (!error) std::filesystem::rename(fresh, link_, error);
  if (error)
    throw std::runtime_error("cannot make " + link_.string() + ": " + error.message() +
                             "; choose another --dir");
}

void PtyPort::remove_link() const {
  std::error_code error;
  if (std::filesystem::read_symlink(link_, error) == slave_name_ && !error)
    std::filesystem::remove(link_, error);
}

Descriptor PtyPort::open_slave() const {
  const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  return Descriptor(::ioctl(descriptor(), TIOCGPTPEER, flags));
}

bool PtyPort::abandoned() const {
  pollfd state{.fd = descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & POLLHUP) != 0;
}

bool PtyPort::speed_is_zero() const {
  termios settings{};
  return ::tcgetattr(descriptor(), &settings) == 0 && ::cfgetospeed(&settings) == B0;
}

// The kernel says whether anybody has the slave open only while we do not have it open ourselves. So it is
// opened for a moment when something must be done to it, and never kept.
void PtyPort::look() {
  look_timer_.start_in(look_interval);
  const bool open = !abandoned();
  if (open && !in_use_) taken();
  if (!open && in_use_) return closed();
  const bool dtr = in_use_ && !speed_is_zero();
  if (dtr == dtr_) return;
  dtr_ = dtr;
  modem_.dtr(dtr);
}

void PtyPort::taken() {
  in_use_ = true;
  if (modem_.opened) modem_.opened();
  dtr_ = !speed_is_zero();
  if (dtr_) modem_.dtr(true);
  read_some();
}

void PtyPort::closed() {
  give_up_rest();
  in_use_ = held_ = full_ = false;
  dropped_ += out_.size();
  out_.clear();
  flush_timer_.stop();
  if (std::exchange(dtr_, false)) modem_.dtr(false);
  if (plugged() && abandoned()) restore_slave();
}

void PtyPort::give_up_rest() {
  // What was written before the close is still said to the modem: `echo ATZ > port` works.
  std::array<std::uint8_t, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(descriptor(), buffer.data(), buffer.size());
    if (count <= 0) return;
    read_ += static_cast<std::uint64_t>(count);
    modem_.bytes(ByteView(buffer.data(), static_cast<std::size_t>(count)));
  }
}

void PtyPort::restore_slave() const {
  const Descriptor slave = open_slave();
  if (!slave) return;
  ::tcflow(slave.get(), TCOON);
  ::tcflush(slave.get(), TCIOFLUSH);
  make_raw(slave.get());
}

void PtyPort::wait_readable() {
  if (waiting_) return;
  waiting_ = true;
  master_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this, port = std::weak_ptr(plugged_)](const error_code& error) {
                       if (port.expired()) return;
                       waiting_ = false;
                       if (!error) read_some();
                     });
}

// A pty's buffers take many KB more than a modem does. So the computer is held from the first byte we see
// until all it wrote has been taken: it gets no further ahead than what it writes before we wake up.
void PtyPort::read_some() {
  if (reading_ || !in_use_) return;
  reading_ = true;
  hold_computer(true);
  const Reading reading = read_while_room();
  reading_ = false;
  switch (reading) {
    case Reading::nothing_left:
      hold_computer(false);
      return wait_readable();
    case Reading::more:
      return wait_readable();
    case Reading::no_room:
      full_ = true;
      return;
    case Reading::gone:
      return closed();
  }
}

PtyPort::Reading PtyPort::read_while_room() {
  std::array<std::uint8_t, 4096> buffer{};
  for (int round = 0; round < rounds_at_once; ++round) {
    const std::size_t room = std::min(modem_.room(), buffer.size());
    if (room == 0) return Reading::no_room;
    const ssize_t count = ::read(descriptor(), buffer.data(), room);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Reading::nothing_left;
    if (count <= 0) return Reading::gone;
    read_ += static_cast<std::uint64_t>(count);
    modem_.bytes(ByteView(buffer.data(), static_cast<std::size_t>(count)));
  }
  return Reading::more;
}

void PtyPort::room_made() {
  if (!plugged() || !std::exchange(full_, false)) return;
  read_some();
}

// By TCOOFF, which belongs to the terminal and stays when our descriptor of its slave goes.
void PtyPort::hold_computer(bool hold) {
  if (hold == held_ || !plugged() || !in_use_) return;
  held_ = hold;
  const Descriptor slave = open_slave();
  if (slave) ::tcflow(slave.get(), hold ? TCOOFF : TCOON);
}

void PtyPort::purge() {
  if (!plugged()) return;
  std::array<std::uint8_t, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(descriptor(), buffer.data(), buffer.size());
    if (count <= 0) return;
    read_ += static_cast<std::uint64_t>(count);
    dropped_ += static_cast<std::uint64_t>(count);
  }
}

void PtyPort::to_computer(ByteView bytes) {
  const std::size_t room = in_use_ ? most_unread - std::min(most_unread, out_.size()) : 0;
  const ByteView kept = bytes.first(std::min(room, bytes.size()));
  dropped_ += bytes.size() - kept.size();
  out_.insert(out_.end(), kept.begin(), kept.end());
  flush();
}

void PtyPort::flush() {
  if (out_.empty() || !plugged()) return;
  const ssize_t count = ::write(descriptor(), out_.data(), out_.size());
  if (count > 0) {
    written_ += static_cast<std::uint64_t>(count);
    out_.erase(out_.begin(), out_.begin() + count);
  }
  if (!out_.empty()) flush_timer_.start_in(flush_interval);
}

}  // namespace external::phonenet
