#pragma once
// A program in front of a person: on a terminal of its own, in the foreground.

#include "process.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace external::test {

/// A program in the foreground of a terminal of its own. Killed, if it still runs, when this object goes.
class TerminalProcess {
 public:
  explicit TerminalProcess(std::vector<std::string> arguments) {
    winsize size = size_of(80, 24);
    int screen = -1;
    pid_ = ::forkpty(&screen, nullptr, nullptr, &size);
    if (pid_ < 0) throw std::runtime_error("forkpty");
    if (pid_ == 0) execute(arguments);
    screen_.reset(screen);
    ::fcntl(screen, F_SETFL, O_NONBLOCK);
    ::fcntl(screen, F_SETFD, FD_CLOEXEC);
    ::tcgetattr(screen, &before_);
  }
  TerminalProcess(const TerminalProcess&) = delete;
  TerminalProcess& operator=(const TerminalProcess&) = delete;
  ~TerminalProcess() {
    if (!wait(std::chrono::seconds(0))) {
      ::kill(pid_, SIGKILL);
      wait(stop_limit);
    }
  }

  void type(std::string_view keys) {
    ASSERT_EQ(::write(screen_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

  /// The window has another size from now on.
  void resize(unsigned short columns, unsigned short rows) {
    const winsize size = size_of(columns, rows);
    ASSERT_EQ(::ioctl(screen_.get(), TIOCSWINSZ, &size), 0);
  }

  /// The person goes, with the terminal.
  void close() { screen_.reset(); }

  /// Waits for `text` on the screen, after what was shown before the last call that found something.
  bool shows(const std::string& text) {
    return eventually([&] {
      read();
      const auto at = output_.find(text, seen_);
      if (at == std::string::npos) return false;
      seen_ = at + text.size();
      return true;
    });
  }

  std::optional<int> wait(std::chrono::seconds limit) {
    eventually([&] { return has_ended(); }, limit);
    return status_;
  }

  /// Whether the terminal is for lines again, with echo, as it was before.
  bool is_as_before() const {
    termios now{};
    return ::tcgetattr(screen_.get(), &now) == 0 && now.c_lflag == before_.c_lflag &&
           now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag;
  }

 private:
  static winsize size_of(unsigned short columns, unsigned short rows) {
    return {.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  }

  [[noreturn]] static void execute(std::vector<std::string>& arguments) {
    ::setenv("TERM", "vt100", 1);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }

  bool has_ended() {
    read();  // a terminal that nobody reads would hold it up
    if (status_) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_.has_value();
  }

  void read() {
    char bytes[4096];
    for (ssize_t count = 0; screen_ && (count = ::read(screen_.get(), bytes, sizeof bytes)) > 0;) {
      output_.append(bytes, static_cast<std::size_t>(count));
    }
  }

  pid_t pid_ = -1;
  Descriptor screen_;
  termios before_{};
  std::string output_;
  std::size_t seen_ = 0;
  std::optional<int> status_;
};

}  // namespace external::test
