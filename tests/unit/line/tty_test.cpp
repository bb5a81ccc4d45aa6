#include "run.h"

#include <external/base/descriptor.h>
#include <external/line/tcp.h>
#include <external/line/tty.h>

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <pty.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <termios.h>

namespace external::line::tty_test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A pseudo terminal whose slave is the port under test, and a folder for its lock files.
struct Port {
  Port() {
    int master_fd = -1;
    int slave_fd = -1;
    char name[128];
    if (::openpty(&master_fd, &slave_fd, name, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
    master = Descriptor(master_fd);
    ::close(slave_fd);
    path = name;
    std::string folder = (fs::temp_directory_path() / "external-line-XXXXXX").string();
    lock_folder = ::mkdtemp(folder.data());
  }
  ~Port() { fs::remove_all(lock_folder); }

  Result<std::unique_ptr<Line>> open(test::RealWorld& world, unsigned speed = 9600) const {
    return open_tty(world.io.get_executor(), const_cast<SystemClock&>(world.clock), path,
                    {.speed = speed, .lock_folder = lock_folder});
  }
  std::string lock_file() const {
    std::string name = path.substr(5);
    std::replace(name.begin(), name.end(), '/', '_');
    return lock_folder + "/LCK.." + name;
  }

  Descriptor master;
  std::string path;
  std::string lock_folder;
};

speed_t speed_seen_by_master(const Port& port) {
  termios settings{};
  ::tcgetattr(port.master.get(), &settings);
  return ::cfgetospeed(&settings);
}

TEST(Tty, CarriesEveryByteUnchanged) {
  test::RealWorld world;
  Port port;
  auto line = *port.open(world);
  Bytes all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<std::uint8_t>(byte));
  world.run([](Line& l, Port& p, const Bytes& bytes) -> Task<> {
    EXPECT_FALSE(co_await l.write(bytes, never));
    std::array<std::uint8_t, 512> seen;
    const auto count = ::read(p.master.get(), seen.data(), seen.size());
    EXPECT_EQ(Bytes(seen.begin(), seen.begin() + count), bytes);
    EXPECT_EQ(::write(p.master.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    Bytes back;
    while (back.size() < bytes.size()) {
      const auto got = co_await l.read(seen, never);
      if (!got) break;
      back.insert(back.end(), seen.begin(), seen.begin() + static_cast<long>(*got));
    }
    EXPECT_EQ(back, bytes);
  }(*line, port, all));
}

TEST(Tty, HasOneOwnerInAndOutsideTheProcess) {
  test::RealWorld world;
  Port port;
  auto line = *port.open(world);
  EXPECT_EQ(port.open(world).error(), Error::held);
  const Descriptor other(::open(port.path.c_str(), O_RDWR | O_NOCTTY));
  EXPECT_NE(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
  const auto holder = holder_of(port.path, port.lock_folder);
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, ::getpid());
  line->close();
  EXPECT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_FALSE(fs::exists(port.lock_file()));
}

TEST(Tty, RemovesTheLockOfADeadProcessAndHonoursALivingOne) {
  test::RealWorld world;
  Port port;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  std::ofstream(port.lock_file()) << dead << '\n';
  EXPECT_TRUE(port.open(world));
  std::ofstream(port.lock_file()) << ::getppid() << '\n';
  EXPECT_EQ(port.open(world).error(), Error::held);
}

TEST(Tty, AnOldLockWithOurOwnNumberIsNotTakenForALivingOne) {
  test::RealWorld world;
  Port port;
  std::ofstream(port.lock_file()) << ::getpid() << '\n';
  EXPECT_TRUE(port.open(world));
}

TEST(Tty, ChildrenDoNotInheritThePort) {
  test::RealWorld world;
  Port port;
  auto line = *port.open(world);
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    char target[256];
    const auto size = ::readlink(entry.path().c_str(), target, sizeof target);
    if (size > 0 && port.path == std::string_view(target, static_cast<std::size_t>(size))) {
      EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
  }
}

TEST(Tty, DtrLowIsSpeedZeroWhereThereIsNoDtr) {
  test::RealWorld world;
  Port port;
  auto line = *port.open(world, 57600);
  EXPECT_EQ(speed_seen_by_master(port), static_cast<speed_t>(B57600));
  EXPECT_FALSE(line->set_dtr(false));
  EXPECT_EQ(speed_seen_by_master(port), static_cast<speed_t>(B0));
  EXPECT_FALSE(line->set_dtr(true));
  EXPECT_EQ(speed_seen_by_master(port), static_cast<speed_t>(B57600));
  EXPECT_EQ(line->control_lines().error(), Error::unsupported);
}

TEST(Tty, TellsWhatTheDriverStillHoldsUntilItIsClosed) {
  test::RealWorld world;
  Port port;
  auto line = *port.open(world);
  EXPECT_FALSE(world.run(line->write(as_bytes("taken by the other side at once"), never)));
  EXPECT_EQ(line->unsent(), 0u);
  line->close();
  EXPECT_EQ(line->unsent(), std::nullopt);
}

TEST(Tty, AVanishedDeviceIsHungUp) {
  test::RealWorld world;
  Port port;
  auto line = *port.open(world);
  port.master.reset();
  std::array<std::uint8_t, 8> buffer;
  EXPECT_EQ(world.run(line->read(buffer, never)).error(), Error::hung_up);
  EXPECT_EQ(world.run(line->write(as_bytes("x"), never)), Error::hung_up);
}

TEST(Tty, AWriteThatNobodyTakesTimesOutAndCloseDoesNotWait) {
  test::RealWorld world;
  Port port;
  auto line = *port.open(world);
  EXPECT_EQ(world.run(line->write(Bytes(1 << 20, 'x'), world.clock.now() + 20ms)), asio::error::timed_out);
  line->close();
}

TEST(Tty, RefusesWhatIsNoPort) {
  test::RealWorld world;
  Port port;
  EXPECT_EQ(
      open_tty(world.io.get_executor(), world.clock, "/dev/null", {.lock_folder = port.lock_folder}).error(),
      Error::not_a_terminal);
  EXPECT_EQ(
      open_tty(world.io.get_executor(), world.clock, port.lock_folder + "/none", {.lock_folder = ""}).error(),
      boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(port.open(world, 12345).error(), Error::bad_speed);
  EXPECT_FALSE(fs::exists(port.lock_file()));
}

TEST(Tcp, CarriesBytesAndReportsTheEnd) {
  test::RealWorld world;
  world.run([](test::RealWorld& w) -> Task<> {
    asio::ip::tcp::acceptor acceptor(w.io, {asio::ip::make_address("127.0.0.1"), 0});
    auto near = co_await connect_tcp("127.0.0.1", std::to_string(acceptor.local_endpoint().port()), w.clock,
                                     w.clock.now() + 5s);
    EXPECT_TRUE(near);
    if (!near) co_return;
    auto far = make_tcp_line(co_await acceptor.async_accept(asio::use_awaitable), w.clock);
    EXPECT_FALSE(co_await (*near)->write(as_bytes("over the net"), never));
    std::array<std::uint8_t, 64> buffer;
    const auto got = co_await far->read(buffer, never);
    EXPECT_TRUE(got);
    EXPECT_EQ(as_text(std::span(buffer).first(got ? *got : 0)), "over the net");
    (*near)->close();
    EXPECT_EQ((co_await far->read(buffer, never)).error(), Error::hung_up);
  }(world));
}

}  // namespace
}  // namespace external::line::tty_test
