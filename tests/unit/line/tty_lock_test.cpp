// Lock files: those of others honoured, old ones replaced by exactly one of those who find them.

#include "../../../src/line/port_lock.h"
#include "run.h"
#include "test_port.h"

#include <external/line/tty.h>

#include <gmock/gmock.h>

#include <csignal>
#include <cstring>

#include <sys/stat.h>

namespace external::line::tty_lock_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

class TtyLock : public testing::Test {
 protected:
  Result<std::unique_ptr<Line>> open() {
    TtyOptions options;
    options.lock_folder = port_.lock_folder();
    options.note = [this](const std::string& note) { notes_.push_back(note); };
    return open_tty(world_.io.get_executor(), world_.clock, port_.path, options);
  }
  void write_lock(const std::string& text) const { test::write_file(port_.lock_file(), text); }
  static std::string binary(pid_t pid) {
    std::string text(sizeof pid, '\0');
    std::memcpy(text.data(), &pid, sizeof pid);
    return text;
  }
  std::string our_lock() const {
    char text[16];
    std::snprintf(text, sizeof text, "%10d\n", static_cast<int>(::getpid()));
    return text;
  }

  test::RealWorld world_;
  test::TestPort port_;
  std::vector<std::string> notes_;
};

TEST_F(TtyLock, OfALivingProcessIsHonouredInBothStyles) {
  for (const auto& text : {std::to_string(::getppid()) + "\n", binary(::getppid()),
                           "   " + std::to_string(::getppid()) + " minicom root\n"}) {
    write_lock(text);
    EXPECT_EQ(open().error(), Error::held);
    EXPECT_EQ(test::read_file(port_.lock_file()), text);
  }
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(TtyLock, OfADeadProcessIsReplacedAndTold) {
  const auto dead = test::dead_process();
  for (const auto& text : {std::to_string(dead) + "\n", binary(dead)}) {
    write_lock(text);
    notes_.clear();
    const auto line = open();
    ASSERT_TRUE(line);
    EXPECT_EQ(test::read_file(port_.lock_file()), our_lock());
    EXPECT_THAT(notes_, ElementsAre("Lock file " + port_.lock_file() + " of process " + std::to_string(dead) +
                                    ", which is gone, removed."));
  }
  EXPECT_TRUE(fs::is_empty(port_.lock_folder()));
}

TEST_F(TtyLock, WithoutANumberIsHonouredUntilItIsOld) {
  write_lock("");
  EXPECT_EQ(open().error(), Error::held);
  fs::last_write_time(port_.lock_file(), fs::file_time_type::clock::now() - std::chrono::minutes(1));
  EXPECT_TRUE(open());
  EXPECT_THAT(notes_, ElementsAre("Lock file " + port_.lock_file() + ", which names no process, removed."));
}

TEST_F(TtyLock, ThatCannotBeReadIsAnErrorOfItsOwn) {
  fs::create_symlink(port_.lock_file(), port_.lock_file());
  EXPECT_EQ(open().error(), Error::lock_unreadable);
}

TEST_F(TtyLock, WithoutAFolderIsAnErrorOfItsOwn) {
  fs::remove(port_.lock_folder());
  EXPECT_EQ(open().error(), Error::no_lock_folder);
}

TEST_F(TtyLock, OfAnotherProgramThatTookThePlaceOfOursStays) {
  auto line = *open();
  const auto other = std::to_string(::getppid()) + "\n";
  write_lock(other);
  line->close();
  EXPECT_EQ(test::read_file(port_.lock_file()), other);
}

/// Runs `work` in a child process and returns what it returned.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int error_as_nobody(const std::string& folder) {
  return in_child([&] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return 100;
    const auto lock = PortLock::take("/dev/ttyX", folder, std::chrono::system_clock::now(), {});
    return lock ? 0 : lock.error().value();
  });
}

TEST_F(TtyLock, ThatMayNotBeWrittenIsAnErrorOfItsOwn) {
  ::chmod(port_.lock_folder().c_str(), 0555);
  EXPECT_EQ(error_as_nobody(port_.lock_folder()), static_cast<int>(Error::lock_unwritable));
  ::chmod(port_.lock_folder().c_str(), 0755);
}

TEST_F(TtyLock, OfAnotherUserThatMayNotBeRemovedIsLeft) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs two users";
  const auto file = port_.folder / "LCK..ttyX";
  test::write_file(file, std::to_string(test::dead_process()));
  ::chmod(port_.lock_folder().c_str(), 01777);
  EXPECT_EQ(error_as_nobody(port_.lock_folder()), static_cast<int>(Error::lock_unwritable));
  EXPECT_TRUE(fs::exists(file));
}

/// A process that takes the lock when told to, says how it went and keeps it until it is ended.
class Starter {
 public:
  Starter(const std::string& folder, int go) {
    int said[2];
    if (::pipe2(said, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      char byte = 0;
      while (::read(go, &byte, 1) < 0) {
      }
      const auto lock = PortLock::take("/dev/ttyX", folder, std::chrono::system_clock::now(), {});
      byte = lock ? 'y' : 'n';
      if (::write(said[1], &byte, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(said[1]);
    said_ = Descriptor(said[0]);
  }
  Starter(Starter&& other) noexcept : pid_(std::exchange(other.pid_, -1)), said_(std::move(other.said_)) {}
  ~Starter() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  bool won() const {
    char byte = 0;
    return ::read(said_.get(), &byte, 1) == 1 && byte == 'y';
  }

 private:
  pid_t pid_ = -1;
  Descriptor said_;
};

TEST_F(TtyLock, OfSeveralThatFindTheSameOldOneOneWins) {
  const auto file = port_.folder / "LCK..ttyX";
  for (int round = 0; round < 40; ++round) {
    test::write_file(file, std::to_string(test::dead_process()));
    int go[2];
    ASSERT_EQ(::pipe2(go, O_CLOEXEC), 0);
    Descriptor wait(go[0]);
    Descriptor start(go[1]);
    std::vector<Starter> starters;
    for (int i = 0; i < 6; ++i) starters.emplace_back(port_.lock_folder(), wait.get());
    EXPECT_EQ(::write(start.get(), "123456", 6), 6);
    std::vector<pid_t> winners;
    for (const auto& starter : starters) {
      if (starter.won()) winners.push_back(starter.pid());
    }
    ASSERT_EQ(winners.size(), 1U) << "round " << round;
    EXPECT_EQ(pid_in_lock_file(file), winners.front());
    EXPECT_EQ(std::distance(fs::directory_iterator(port_.lock_folder()), {}), 1);
  }
}

}  // namespace
}  // namespace external::line::tty_lock_test
