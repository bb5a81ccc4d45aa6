#include "tty_line.h"

#include "descriptor_io.h"
#include "speeds.h"

#include <sys/file.h>
#include <sys/ioctl.h>

namespace external::line {

namespace {

/// A change that falls between two waits in the driver is noticed after this time.
constexpr Duration look_again = std::chrono::seconds(1);

error_code last_error() {
  return from_errno(errno);
}

/// How far a counter of the driver, which starts anew at 2^32, has moved.
std::uint64_t since(int before, int now) {
  return static_cast<std::uint32_t>(now) - static_cast<std::uint32_t>(before);
}

/// Ends a break on every way out, unless the port has been closed, which ended it.
class BreakEnd {
 public:
  BreakEnd(std::shared_ptr<Uart> uart, std::shared_ptr<Edges> edges)
      : uart_(std::move(uart)), edges_(std::move(edges)) {}
  ~BreakEnd() {
    if (!edges_->closed) uart_->hold_break(false);
  }
  BreakEnd(const BreakEnd&) = delete;
  BreakEnd& operator=(const BreakEnd&) = delete;

 private:
  std::shared_ptr<Uart> uart_;
  std::shared_ptr<Edges> edges_;
};

Task<> wait_for_closing(std::shared_ptr<Edges> edges) {
  while (!edges->closed) {
    edges->news.clear();
    co_await edges->news.wait();
  }
}

}  // namespace

TtyLine::TtyLine(const asio::any_io_executor& executor, Clock& clock, std::string path, Descriptor fd,
                 PortLock lock, std::unique_ptr<Uart> uart)
    : clock_(clock),
      path_(std::move(path)),
      lock_(std::move(lock)),
      device_(executor, fd.release()),
      uart_(std::move(uart)),
      edges_(std::make_shared<Edges>(executor)) {
  if (const auto counts = uart_->counts()) counts_at_opening_ = *counts;
}

error_code TtyLine::configure(unsigned bits_per_second, bool hardware_flow_control) {
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
  hardware_flow_control_ = hardware_flow_control;
  speed_ = bits_per_second;
  return {};
}

Task<Result<std::size_t>> TtyLine::read(std::span<std::uint8_t> into, TimePoint deadline) {
  co_return co_await read_some(device_, into, clock_, deadline);
}

Task<error_code> TtyLine::write(ByteView bytes, TimePoint deadline) {
  co_return co_await write_all(device_, bytes, clock_, deadline);
}

std::optional<std::size_t> TtyLine::unsent() {
  int waiting = 0;
  if (!device_.is_open() || ::ioctl(fd(), TIOCOUTQ, &waiting) != 0) return std::nullopt;
  return static_cast<std::size_t>(std::max(waiting, 0));
}

std::size_t TtyLine::discard_input() {
  if (!device_.is_open()) return 0;
  int waiting = 0;
  ::ioctl(fd(), FIONREAD, &waiting);
  ::tcflush(fd(), TCIFLUSH);
  return static_cast<std::size_t>(std::max(waiting, 0));
}

void TtyLine::discard_output() {
  if (device_.is_open()) ::tcflush(fd(), TCOFLUSH);
}

Result<TtyLine::Look> TtyLine::look() {
  const auto lines = uart_->lines();
  if (!lines) return lines.error();
  Look now;
  now.lines = *lines;
  if (const auto counts = uart_->counts()) now.changes = {counts->cts, counts->dsr, counts->rng, counts->dcd};
  return now;
}

Result<ControlLines> TtyLine::control_lines() {
  if (!device_.is_open()) return error_code(asio::error::operation_aborted);
  const auto now = look();
  if (!now) return now.error();
  last_look_ = *now;
  const auto high = [&](int bit) { return (now->lines & bit) != 0; };
  ControlLines lines;
  lines.carrier = high(TIOCM_CAR);
  lines.ring = high(TIOCM_RNG);
  lines.data_set_ready = high(TIOCM_DSR);
  lines.clear_to_send = high(TIOCM_CTS);
  lines.terminal_ready = high(TIOCM_DTR);
  lines.request_to_send = high(TIOCM_RTS);
  return lines;
}

error_code TtyLine::set_dtr(bool high) {
  if (!device_.is_open()) return asio::error::operation_aborted;
  const auto error = high ? uart_->raise(TIOCM_DTR) : uart_->lower(TIOCM_DTR);
  if (error != Error::unsupported) return error;
  // A pseudo terminal has no DTR, but its other side can see the POSIX form of "hang up": speed 0.
  return apply_speed(high ? speed_code(speed_).value_or(B9600) : B0);
}

error_code TtyLine::set_rts(bool high) {
  if (!device_.is_open()) return asio::error::operation_aborted;
  if (hardware_flow_control_) return Error::unsupported;
  return high ? uart_->raise(TIOCM_RTS) : uart_->lower(TIOCM_RTS);
}

Task<error_code> TtyLine::wait_for_change(TimePoint deadline) {
  if (!device_.is_open()) co_return asio::error::operation_aborted;
  if (!last_look_) {
    const auto first = look();
    if (!first) co_return first.error();
    last_look_ = *first;
  }
  const auto edges = edges_;
  if (!watcher_) watcher_.emplace(*uart_, device_.get_executor(), edges);
  for (;;) {
    edges->news.clear();
    const auto now = look();
    if (!now) co_return now.error();
    if (*now != *last_look_) co_return error_code();
    if (edges->failed) co_return edges->failed;
    const TimePoint time = clock_.now();
    if (time >= deadline) co_return asio::error::timed_out;
    co_await first_of(edges->news.wait(), clock_.wait_until(std::min(deadline, time + look_again)));
    if (edges->closed) co_return asio::error::operation_aborted;
  }
}

// tcsendbreak() would block the thread of all lines.
Task<error_code> TtyLine::send_break(Duration duration) {
  if (!device_.is_open()) co_return asio::error::operation_aborted;
  // A pseudo terminal takes the request and does nothing.
  if (const auto lines = uart_->lines(); !lines) co_return lines.error();
  if (const auto error = uart_->hold_break(true)) co_return error;
  const BreakEnd end(uart_, edges_);
  const auto first = co_await first_of(wait_for_closing(edges_), clock_.wait_for(duration));
  if (first == 0) co_return asio::error::operation_aborted;
  co_return error_code();
}

Result<PortErrors> TtyLine::port_errors() {
  if (!device_.is_open()) return error_code(asio::error::operation_aborted);
  const auto now = uart_->counts();
  if (!now) return now.error();
  const auto before = counts_at_opening_.value_or(serial_icounter_struct{});
  PortErrors errors;
  errors.overruns = since(before.overrun, now->overrun) + since(before.buf_overrun, now->buf_overrun);
  errors.framing = since(before.frame, now->frame);
  errors.parity = since(before.parity, now->parity);
  errors.breaks = since(before.brk, now->brk);
  return errors;
}

error_code TtyLine::set_speed(unsigned bits_per_second) {
  const auto code = speed_code(bits_per_second);
  if (!code) return Error::bad_speed;
  if (const auto error = apply_speed(*code)) return error;
  speed_ = bits_per_second;
  return {};
}

error_code TtyLine::apply_speed(speed_t code) {
  if (!device_.is_open()) return asio::error::operation_aborted;
  termios settings{};
  if (::tcgetattr(fd(), &settings) != 0) return last_error();
  ::cfsetspeed(&settings, code);
  if (::tcsetattr(fd(), TCSANOW, &settings) != 0) return last_error();
  return {};
}

void TtyLine::close() {
  if (!device_.is_open()) return;
  edges_->closed = true;
  edges_->news.set();
  watcher_.reset();
  uart_->hold_break(false);
  // Bytes nobody will take would otherwise hold up close() until the kernel gives up on them.
  ::tcflush(fd(), TCIOFLUSH);
  ::flock(fd(), LOCK_UN);
  ::ioctl(fd(), TIOCNXCL);
  error_code ignored;
  device_.close(ignored);
  lock_ = PortLock();
}

}  // namespace external::line
