#pragma once
// A program under test as a child process, and waiting for things to happen.

#include <external/base/descriptor.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace external::test {

/// Waits until `happened` says so; false after `limit`. The condition of another process cannot be awaited as
/// an event everywhere, so it is looked at again and again.
inline bool eventually(const std::function<bool()>& happened,
                       std::chrono::seconds limit = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

/// How a program ended.
struct Ended {
  int exit_code = -1;  ///< -1: by a signal
  int signal = 0;
};

/// A running child. Its output goes to a file. Killed, if it still runs, when this object goes.
class Process {
 public:
  /// Starts `arguments[0]`; `input` is what it reads, from a file if given.
  Process(std::vector<std::string> arguments, std::filesystem::path output,
          const std::string& input_file = "/dev/null")
      : output_(std::move(output)) {
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ > 0) return;
    const int in = ::open(input_file.c_str(), O_RDONLY);
    const int out = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process(Process&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)), ended_(other.ended_) {}
  ~Process() {
    if (pid_ > 0 && !ended_) {
      ::kill(pid_, SIGKILL);
      wait(std::chrono::seconds(10));
    }
  }

  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  std::string output() const {
    std::ifstream in(output_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool running() { return !poll_end(); }

  /// How it ended; nothing if it has not within `limit`.
  std::optional<Ended> wait(std::chrono::seconds limit) {
    eventually([this] { return poll_end(); }, limit);
    return ended_;
  }

 private:
  bool poll_end() {
    if (ended_) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    ended_ = WIFEXITED(status) ? Ended{WEXITSTATUS(status), 0} : Ended{-1, WTERMSIG(status)};
    return true;
  }

  pid_t pid_ = -1;
  std::filesystem::path output_;
  std::optional<Ended> ended_;
};

/// Runs a program to its end and returns what it printed.
struct Ran {
  int exit_code;
  std::string output;
};
inline Ran run_program(std::vector<std::string> arguments, const std::filesystem::path& folder,
                       const std::string& input_file = "/dev/null",
                       std::chrono::seconds limit = std::chrono::seconds(60)) {
  static int count = 0;
  const auto output = folder / ("output" + std::to_string(++count));
  Process process(std::move(arguments), output, input_file);
  const auto ended = process.wait(limit);
  return {ended ? ended->exit_code : -2, process.output()};
}

}  // namespace external::test
