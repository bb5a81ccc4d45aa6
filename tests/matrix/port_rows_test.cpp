// Rows about ports and the log: who holds them, who lets them go, and what is said of it.

#include "process.h"
#include "run.h"
#include "test_port.h"
#include "town.h"

#include <external/line/port_watch.h>
#include <external/line/trouble.h>
#include <external/line/tty.h>
#include <external/log/session_log.h>

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace external::matrix::port_rows_test {
namespace {

using namespace std::chrono_literals;
using line::Error;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

Result<std::unique_ptr<line::Line>> open(test::RealWorld& world, const std::string& path,
                                         const test::TestPort& port, std::vector<std::string>* notes = {}) {
  line::TtyOptions options;
  options.lock_folder = port.lock_folder();
  options.note = [notes](const std::string& note) {
    if (notes) notes->push_back(note);
  };
  return line::open_tty(world.io.get_executor(), world.clock, path, options);
}

/// A program that inherits what is not closed for it, and stays.
test::Process start_helper(const test::TempFolder& folder) {
  test::Process helper({"/bin/sleep", "600"}, folder / "helper.out");
  const auto started = [&] {
    std::error_code none;
    return fs::read_symlink("/proc/" + std::to_string(helper.pid()) + "/exe", none).filename() !=
           "test_matrix";
  };
  EXPECT_TRUE(test::eventually(started));
  return helper;
}

bool has_open(pid_t pid, const fs::path& file) {
  const fs::path folder = "/proc/" + std::to_string(pid) + "/fd";
  return std::any_of(fs::directory_iterator(folder), {}, [&](const auto& entry) {
    std::error_code none;
    return fs::read_symlink(entry.path(), none) == file;
  });
}

bool can_be_locked(const std::string& device) {
  const Descriptor other(::open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  return ::flock(other.get(), LOCK_EX | LOCK_NB) == 0;
}

/// What the modem sees as DTR low: nobody has the port open any more.
bool hung_up(const test::TestPort& port) {
  pollfd master{port.master.get(), POLLIN, 0};
  ::poll(&master, 1, 0);
  return (master.revents & POLLHUP) != 0;
}

TEST(FaultMatrix, R02_AHelperProcessDoesNotKeepThePort) {
  test::RealWorld world;
  test::TestPort port;
  auto line = *open(world, port.path, port);
  auto helper = start_helper(port.folder);
  EXPECT_FALSE(has_open(helper.pid(), port.path));
  line->close();
  EXPECT_TRUE(hung_up(port));
  EXPECT_TRUE(can_be_locked(port.path));

  // The harm, done on purpose: this is how it shows, and it lasts as long as the helper.
  Descriptor inherited(::open(port.path.c_str(), O_RDWR | O_NOCTTY));
  ASSERT_EQ(::flock(inherited.get(), LOCK_EX | LOCK_NB), 0);
  std::optional<test::Process> heir(start_helper(port.folder));
  const auto heir_pid = heir->pid();
  inherited.reset();
  EXPECT_FALSE(hung_up(port));
  EXPECT_EQ(open(world, port.path, port).error(), Error::held);
  EXPECT_THAT(line::describe_trouble(Error::held, port.path, port.lock_folder()),
              HasSubstr("is held by sleep (process " + std::to_string(heir_pid) + ")"));
  heir.reset();
  EXPECT_TRUE(open(world, port.path, port));
}

TEST(FaultMatrix, R03_TheLogFileIsFreeAfterTheStop) {
  test::VirtualWorld world;
  test::TempFolder folder;
  const auto path = folder / "Session.log";
  log::SessionLog log(world.clock, path);
  log.write("Modem1", "Modem reset, port closed.");
  auto helper = start_helper(folder);
  log.close();
  EXPECT_FALSE(has_open(::getpid(), path));
  EXPECT_FALSE(has_open(helper.pid(), path));
  fs::rename(path, folder / "Session.log.1");
  log::SessionLog next(world.clock, path);
  next.write("", "External started.");
  next.close();
  EXPECT_THAT(test::read_file(path), AllOf(HasSubstr("External started."), Not(HasSubstr("Modem reset"))));
}

TEST(FaultMatrix, R15_ALockDiesWithItsOwner) {
  test::RealWorld world;
  test::TestPort port;
  int ready[2];
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    test::RealWorld own;
    const auto line = open(own, port.path, port);
    if (::write(ready[1], line ? "y" : "n", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char owns = 'n';
  ASSERT_EQ(::read(ready[0], &owns, 1), 1);
  ASSERT_EQ(owns, 'y');
  const auto while_alive = open(world, port.path, port).error();
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  EXPECT_EQ(while_alive, Error::held);
  EXPECT_TRUE(fs::exists(port.lock_file()));
  std::vector<std::string> notes;
  const auto line = open(world, port.path, port, &notes);
  EXPECT_TRUE(line) << line.error().message();
  EXPECT_THAT(notes, testing::ElementsAre("Lock file " + port.lock_file() + " of process " +
                                          std::to_string(owner) + ", which is gone, removed."));
}

/// A post office with one modem, whose script asks once.
struct Office {
  explicit Office(const std::string& path, const std::string& locks)
      : office(folder, "NORTH/CLINIC", "north",
               "[External-Modem1]\nAsyncCommPort = " + path + "\nLockFolder = " + locks +
                   "\nCommScript = ONCE\n") {
    test::write_file(office.path() / "ONCE.MDM",
                     "INITIALIZE:\n  sendln \"AT\"\n  waitrsp 1\n"
                     "  if (\"OK\" isin response)\n    return 0\n  return 4\n");
  }

  /// What `modem test` says.
  std::string test() const {
    const auto ran = office.command({"modem", "test"});
    EXPECT_EQ(ran.exit_code, 69) << ran.output;
    return ran.output;
  }

  test::TempFolder folder;
  test::PostOffice office;
};

TEST(FaultMatrix, R18_HeldAbsentAndSilentAreThreeMessages) {
  test::TestPort port;
  const Office office(port.path, port.lock_folder());
  {
    test::Process foreign({"/usr/bin/flock", "--no-fork", port.path, "/bin/sleep", "600"},
                          port.folder / "foreign.out");
    ASSERT_TRUE(test::eventually([&] { return !can_be_locked(port.path); }));
    const auto who = " (process " + std::to_string(foreign.pid()) + "), running since ";
    EXPECT_THAT(office.test(), AllOf(HasSubstr("Port " + port.path + " is held by "), HasSubstr(who),
                                     HasSubstr("; end it, or use another port")));
    test::write_file(port.lock_file(), std::to_string(::getpid()) + "\n");
    EXPECT_THAT(office.test(),
                HasSubstr("is held by test_matrix (process " + std::to_string(::getpid()) + ")"));
    fs::remove(port.lock_file());
  }
  EXPECT_THAT(office.test(), HasSubstr("The modem at port " + port.path + " does not answer; switch it on"));
  const Office nowhere("/dev/serial/by-id/usb-none", port.lock_folder());
  EXPECT_THAT(nowhere.test(), HasSubstr("Port /dev/serial/by-id/usb-none is absent; plug the modem in"));
}

TEST(FaultMatrix, R51_NamesOfAnyLengthLeadToThePortAlsoToOneAddedLater) {
  test::RealWorld world;
  test::TestPort port;
  test::TempFolder by_id;
  for (const std::size_t length : {31U, 32U, 200U}) {
    const std::string path = by_id / std::string(length, 'u');
    auto added = [&]() -> Task<> {
      co_await world.clock.wait_for(1ms);
      fs::create_symlink(port.path, path);
      co_await world.clock.wait_until(never);
    };
    auto awaited = [&]() -> Task<> {
      EXPECT_FALSE(co_await line::wait_for_port(path, world.clock, world.clock.now() + 20s));
    };
    world.run([](Task<> one, Task<> other) -> Task<> { co_await first_of(std::move(one), std::move(other)); }(
                                               awaited(), added()));
    const auto line = open(world, path, port);
    ASSERT_TRUE(line) << line.error().message();
    EXPECT_EQ((*line)->name(), path);
    EXPECT_TRUE(fs::exists(port.lock_file())) << "locked under another name than other programs use";
    (*line)->close();
    test::write_file(port.lock_file(), std::to_string(::getppid()));
    EXPECT_EQ(open(world, path, port).error(), Error::held);
    fs::remove(port.lock_file());
  }
}

TEST(FaultMatrix, R52_AStoppedLogNeverHoldsTheLineLoop) {
  test::TestPort port;
  const auto path = port.folder / "Session.log";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  Descriptor reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  constexpr int rounds = 500;
  std::promise<void> served;
  std::thread lines([&] {
    test::RealWorld world;
    log::SessionLog log(world.clock, path, {.queued_lines = 64});
    const auto line = *open(world, port.path, port);
    world.run([](line::Line& port_line, log::SessionLog& to) -> Task<> {
      const std::string filler(1000, 'x');
      std::array<std::uint8_t, 1> byte;
      for (int round = 0; round < rounds; ++round) {
        to.write("Modem1", filler);  // half a megabyte into a pipe of 64 KB that nobody reads
        if (!co_await port_line.read(byte, never)) co_return;
        if (co_await port_line.write(byte, never)) co_return;
      }
    }(*line, log));
    served.set_value();
    log.close(20ms);
  });
  for (int round = 0; round < rounds; ++round) EXPECT_EQ(::write(port.master.get(), "R", 1), 1);
  auto done = served.get_future();
  const bool in_time = done.wait_for(10s) == std::future_status::ready;
  // Let a loop that was held go on, so that the test ends.
  std::array<char, 65536> rubbish;
  while (done.wait_for(1ms) != std::future_status::ready) {
    EXPECT_GE(::read(reader.get(), rubbish.data(), rubbish.size()), -1);
  }
  lines.join();
  EXPECT_TRUE(in_time) << "the line waited for the log";
}

}  // namespace
}  // namespace external::matrix::port_rows_test
