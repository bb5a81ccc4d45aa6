#include "terminal.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace external::console {

namespace {

[[noreturn]] void fail() {
  throw boost::system::system_error(errno, boost::system::system_category());
}

// A description of our own, so that O_NONBLOCK does not reach the shell and the other programs on this
// terminal.
Descriptor open_again(int descriptor, int mode) {
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  return Descriptor(::open(path.c_str(), mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

// Where that is forbidden (after su) the shared one has to do.
Descriptor share(int descriptor) {
  Descriptor shared(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
  if (!shared) fail();
  return shared;
}

Descriptor reading_end(int input) {
  Descriptor own = open_again(input, O_RDONLY);
  return own ? std::move(own) : share(input);
}

termios for_keys(termios mode) {
  mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  mode.c_iflag &= ~static_cast<tcflag_t>(IXON);   // Ctrl-S would stop the screen for good
  mode.c_oflag &= ~static_cast<tcflag_t>(OPOST);  // the composer counts on bare line feeds
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  mode.c_cc[VSUSP] = _POSIX_VDISABLE;  // a suspended External answers no calls
  mode.c_cc[VQUIT] = _POSIX_VDISABLE;  // and one that dumps core does not hang up
  return mode;
}

}  // namespace

Terminal::Terminal(const asio::any_io_executor& executor, int input, int output)
    : input_(executor, reading_end(input).release()), output_(executor) {
  if (::tcgetattr(input_.native_handle(), &before_) != 0) fail();
  open_output(output);
  const termios keys = for_keys(before_);
  if (::tcsetattr(input_.native_handle(), TCSANOW, &keys) != 0) fail();
}

Terminal::~Terminal() {
  ::tcsetattr(input_.native_handle(), TCSANOW, &before_);
  if (shared_flags_) ::fcntl(output_.native_handle(), F_SETFL, *shared_flags_);
}

void Terminal::open_output(int output) {
  Descriptor own = open_again(output, O_WRONLY);
  if (!own) {
    own = share(output);
    shared_flags_ = ::fcntl(own.get(), F_GETFL);
    ::fcntl(own.get(), F_SETFL, *shared_flags_ | O_NONBLOCK);
  }
  output_.assign(own.release());
}

Size Terminal::size() {
  winsize size{};
  if (::ioctl(output_.native_handle(), TIOCGWINSZ, &size) != 0) return {};
  if (size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

Task<std::string> Terminal::read() {
  char keys[256];
  for (;;) {
    co_await input_.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
    const ssize_t count = ::read(input_.native_handle(), keys, sizeof keys);
    if (count > 0) co_return std::string(keys, static_cast<std::size_t>(count));
    const bool nothing_yet = count < 0 && (errno == EAGAIN || errno == EINTR);
    if (!nothing_yet) co_return std::string();
  }
}

Task<> Terminal::write(std::string bytes) {
  unsent_ += bytes;
  for (;;) {
    unsent_.erase(0, write_some(unsent_));
    if (unsent_.empty() || gone_) co_return;
    co_await output_.async_wait(asio::posix::descriptor_base::wait_write, asio::use_awaitable);
  }
}

void Terminal::write_last(std::string_view bytes) {
  unsent_ += bytes;
  write_some(unsent_);
}

std::size_t Terminal::write_some(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::write(output_.native_handle(), bytes.data() + sent, bytes.size() - sent);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    gone_ = errno != EAGAIN;
    break;
  }
  return sent;
}

}  // namespace external::console
