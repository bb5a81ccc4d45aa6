// Ports that come and go, on links to pseudo terminals.

#include "run.h"
#include "test_port.h"

#include <external/base/async.h>
#include <external/line/port_watch.h>

namespace external::line::port_watch_test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Time stands still: what happens happens by inotify alone.
class PortWatch : public testing::Test {
 protected:
  using Wait = Task<error_code>;

  void start(Wait wait) {
    asio::co_spawn(io_, std::move(wait), [this](std::exception_ptr, error_code error) { ended_ = error; });
    settle();
  }
  /// Runs what is ready.
  void settle() {
    io_.restart();
    io_.poll();
  }
  /// Whether the wait ends; the bound is for a test that fails.
  bool ends() {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (!ended_ && std::chrono::steady_clock::now() < limit) {
      io_.restart();
      io_.run_one_for(1s);
    }
    return ended_.has_value();
  }

  asio::io_context io_;
  VirtualClock clock_{io_};
  test::TempFolder folder_;
  test::TestPort device_;
  test::TestPort other_;
  std::optional<error_code> ended_;
};

TEST_F(PortWatch, APortThatIsThereNeedsNoWait) {
  start(wait_for_port(device_.path, clock_));
  EXPECT_EQ(ended_, error_code());
}

TEST_F(PortWatch, ALinkThatComesEndsTheWait) {
  const auto path = folder_ / "modem";
  start(wait_for_port(path, clock_));
  test::write_file(folder_ / "something else", "");
  test::write_file(folder_ / "modem", "no device");
  settle();
  EXPECT_FALSE(ended_);
  fs::remove(path);
  fs::create_symlink(device_.path, path);
  EXPECT_TRUE(ends());
  EXPECT_EQ(ended_, error_code());
}

// As udev does it: /dev/serial goes with the last adapter, and the device comes before its link.
TEST_F(PortWatch, FoldersOnTheWayMayBeMissing) {
  const auto path = folder_ / "serial/by-id/usb-modem";
  start(wait_for_port(path, clock_));
  fs::create_directory(folder_ / "serial");
  settle();
  fs::create_directory(folder_ / "serial/by-id");
  settle();
  fs::create_symlink("../../ttyUSB1", path);
  settle();
  EXPECT_FALSE(ended_);
  fs::create_symlink(device_.path, folder_ / "ttyUSB1");
  EXPECT_TRUE(ends());
}

TEST_F(PortWatch, TheWaitEndsAtItsDeadline) {
  test::VirtualWorld world;
  const auto start = world.clock.now();
  EXPECT_EQ(world.run(wait_for_port(folder_ / "modem", world.clock, start + 1700ms)), asio::error::timed_out);
  EXPECT_EQ(world.clock.now() - start, 1700ms);
}

// The folder itself is behind a link, whose change inotify does not tell.
TEST_F(PortWatch, WhatIsNotHeardIsSeenHalfASecondLater) {
  test::VirtualWorld world;
  fs::create_directory(folder_ / "empty");
  fs::create_directory(folder_ / "full");
  fs::create_symlink(device_.path, folder_ / "full/modem");
  fs::create_symlink("empty", folder_ / "now");
  asio::co_spawn(
      world.io,
      [&]() -> Task<> {
        co_await world.clock.wait_for(100ms);
        fs::remove(folder_ / "now");
        fs::create_symlink("full", folder_ / "now");
      },
      asio::detached);
  const auto start = world.clock.now();
  EXPECT_FALSE(world.run(wait_for_port(folder_ / "now/modem", world.clock, start + 10s)));
  EXPECT_EQ(world.clock.now() - start, 500ms);
}

TEST_F(PortWatch, CancellingEndsTheWait) {
  test::VirtualWorld world;
  world.run([](std::string path, Clock& clock) -> Task<> {
    auto wait = [](std::string p, Clock& c) -> Task<> { co_await wait_for_port(std::move(p), c); };
    co_await first_of(wait(std::move(path), clock), clock.wait_for(1200ms));
  }(folder_ / "modem", world.clock));
  EXPECT_EQ(world.io.poll(), 0U);
}

TEST_F(PortWatch, AnotherDeviceBehindTheSameLinkIsADeparture) {
  const std::string path = folder_ / "usb-modem";
  fs::create_symlink(device_.path, path);
  const auto opened = device_at(path);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(still_there(path, opened));
  start(wait_for_departure(path, opened, clock_));
  test::write_file(folder_ / "something else", "");
  settle();
  EXPECT_FALSE(ended_);
  fs::create_symlink(other_.path, folder_ / "next");
  fs::rename(folder_ / "next", path);
  EXPECT_FALSE(still_there(path, opened));
  EXPECT_TRUE(ends());
}

TEST_F(PortWatch, ADeviceThatWentIsADeparture) {
  const std::string path = folder_ / "usb-modem";
  fs::create_symlink(device_.path, path);
  const auto opened = device_at(path);
  start(wait_for_departure(path, opened, clock_));
  fs::remove(path);
  EXPECT_TRUE(ends());
}

TEST_F(PortWatch, WhatIsNoDeviceNeverDeparts) {
  EXPECT_FALSE(device_at("tcp://somewhere:1"));
  EXPECT_FALSE(device_at(folder_.path()));
  EXPECT_TRUE(still_there("tcp://somewhere:1", std::nullopt));
}

}  // namespace
}  // namespace external::line::port_watch_test
