#include "child.h"

#include <external/base/async.h>
#include <external/base/descriptor.h>

#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace external::outlet {

namespace {

using namespace std::chrono_literals;

constexpr auto patience_for_output = 1s;  ///< after its end: somebody else may hold it open
constexpr auto patience_for_death = 5s;

/// Ours, and more; what is in both is as in `more`.
class WholeEnvironment {
 public:
  explicit WholeEnvironment(const Environment& more) {
    for (const auto& [name, value] : more) texts_.push_back(name + "=" + value);
    for (char** ours = environ; *ours != nullptr; ++ours) {
      const std::string_view text(*ours);
      const auto name = text.substr(0, text.find('='));
      const bool other =
          std::any_of(more.begin(), more.end(), [&](const auto& one) { return one.first == name; });
      if (!other) texts_.emplace_back(text);
    }
    for (auto& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char** get() { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

[[noreturn]] void throw_error(int error) {
  throw boost::system::system_error(error, boost::system::system_category());
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_error(errno);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Owner of what posix_spawn wants to be told.
class Plan {
 public:
  Plan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~Plan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  void give(const Descriptor& descriptor, int number) {
    ::posix_spawn_file_actions_adddup2(&actions_, descriptor.get(), number);
  }

  /// Whatever else is open here: not all libraries mark theirs as closed for children.
  void close_others() { ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1); }

  /// In a group of its own, with signals as if started by a shell.
  pid_t start(const std::vector<std::string>& arguments, WholeEnvironment& environment) {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::sigdelset(&signals, SIGKILL);
    ::sigdelset(&signals, SIGSTOP);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> words;
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    pid_t pid = -1;
    const int error =
        ::posix_spawn(&pid, words.front(), &actions_, &attributes_, words.data(), environment.get());
    if (error != 0) throw_error(error);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Child::Child(const asio::any_io_executor& executor, const std::vector<std::string>& arguments,
             const Environment& environment)
    : input_(executor), output_(executor), ended_(executor) {
  auto input = make_pipe();
  auto output = make_pipe();
  Plan plan;
  plan.give(input.read, STDIN_FILENO);
  plan.give(output.write, STDOUT_FILENO);
  plan.give(output.write, STDERR_FILENO);
  plan.close_others();
  WholeEnvironment whole(environment);
  pid_ = plan.start(arguments, whole);
  // The wrapper of this C library cannot be called from C++: its header does not say that it is C.
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  const int error = errno;
  if (handle < 0) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw_error(error);
  }
  ended_.assign(handle);
  input_.assign(input.write.release());
  output_.assign(output.read.release());
}

Child::~Child() {
  if (pid_ < 0) return;
  kill();
  // It may not end at once, if it waits for a disk.
  const auto ended = std::make_shared<asio::posix::stream_descriptor>(std::move(ended_));
  ended->async_wait(asio::posix::stream_descriptor::wait_read,
                    [ended, pid = pid_](const error_code&) { ::waitpid(pid, nullptr, WNOHANG); });
}

void Child::kill() {
  if (pid_ > 0) ::kill(-pid_, SIGKILL);
}

Task<bool> Child::write(std::string_view text) {
  const auto buffer = asio::buffer(text.data(), text.size());
  const auto [error, size] = co_await asio::async_write(input_, buffer, asio::as_tuple(asio::use_awaitable));
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  co_return !error;
}

void Child::close_input() {
  input_.close();
}

Task<> Child::read_output(std::string& text, std::size_t limit) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto [error, size] =
        co_await output_.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) co_return;
    text.append(buffer.data(), std::min(size, limit - std::min(limit, text.size())));
  }
}

Task<End> Child::wait() {
  co_await ended_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  // What it started may still run; nothing of it is left behind. Before it is awaited, so that its number
  // still belongs to it.
  kill();
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  const End end = WIFSIGNALED(status) ? End{0, WTERMSIG(status)} : End{WEXITSTATUS(status), 0};
  co_return end;
}

namespace {

Task<> talk_to(Child& child, const std::function<Task<>()>& feed, std::string& said, std::size_t limit,
               Clock& clock, std::optional<End>& end) {
  Event silent(co_await asio::this_coro::executor);
  Event ever(co_await asio::this_coro::executor);
  const auto listen = [&]() -> Task<> {
    co_await child.read_output(said, limit);
    silent.set();
    co_await ever.wait();
  };
  const auto work = [&]() -> Task<> {
    co_await feed();
    end = co_await child.wait();
    co_await first_of(silent.wait(), clock.wait_for(patience_for_output));
  };
  co_await first_of(work(), listen());
}

Task<> end_by_force(Child& child, Clock& clock) {
  child.kill();
  const auto gone = [&]() -> Task<> { co_await child.wait(); };
  co_await first_of(gone(), clock.wait_for(patience_for_death));
}

}  // namespace

Task<std::optional<End>> see_to_its_end(Child& child, std::function<Task<>()> feed, std::string& said,
                                        std::size_t limit, Duration patience, Clock& clock) {
  std::optional<End> end;
  co_await first_of(talk_to(child, feed, said, limit, clock, end), clock.wait_for(patience));
  co_await cancellation_point();
  if (!end) co_await end_by_force(child, clock);
  co_return end;
}

}  // namespace external::outlet
