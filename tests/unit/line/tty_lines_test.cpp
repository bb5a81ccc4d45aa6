// Control lines, breaks and counters of a port, with a driver that the test plays.

#include "../../../src/line/tty_line.h"
#include "run.h"
#include "test_port.h"

#include <external/base/async.h>
#include <external/line/tty.h>

#include <filesystem>

#include <sys/eventfd.h>
#include <sys/ioctl.h>

namespace external::line::tty_lines_test {
namespace {

using namespace std::chrono_literals;

/// A driver as the line sees it, from its own thread and from the one that waits for edges.
struct Driver {
  std::atomic<int> lines = TIOCM_DTR | TIOCM_RTS;
  std::atomic<int> rings = 0;
  std::atomic<bool> in_wait = false;
  bool tells_edges = true;
  serial_icounter_struct counts{};
  std::vector<bool> breaks;
  Descriptor edge{::eventfd(0, EFD_CLOEXEC)};

  void wake() { ::eventfd_write(edge.get(), 1); }
};

class PlayedUart final : public Uart {
 public:
  explicit PlayedUart(Driver& driver) : driver_(driver) {}

  Result<int> lines() override { return driver_.lines.load(); }
  error_code raise(int bits) override {
    driver_.lines |= bits;
    return {};
  }
  error_code lower(int bits) override {
    driver_.lines &= ~bits;
    return {};
  }
  error_code hold_break(bool on) override {
    driver_.breaks.push_back(on);
    return {};
  }
  Result<serial_icounter_struct> counts() override {
    auto counts = driver_.counts;
    counts.rng = driver_.rings;
    return counts;
  }
  /// Blocks as TIOCMIWAIT does, in a system call that only an edge or a signal ends.
  error_code wait_for_edge() override {
    if (!driver_.tells_edges) return Error::unsupported;
    driver_.in_wait = true;
    eventfd_t value = 0;
    const int result = ::eventfd_read(driver_.edge.get(), &value);
    const int error = errno;
    driver_.in_wait = false;
    return result == 0 ? error_code() : error_code(error, boost::system::system_category());
  }

 private:
  Driver& driver_;
};

std::unique_ptr<TtyLine> open(const asio::any_io_executor& executor, Clock& clock, const test::TestPort& port,
                              Driver& driver, bool hardware_flow_control = false) {
  Descriptor fd(::open(port.path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  auto line = std::make_unique<TtyLine>(executor, clock, port.path, std::move(fd), PortLock(),
                                        std::make_unique<PlayedUart>(driver));
  EXPECT_FALSE(line->configure(9600, hardware_flow_control));
  return line;
}

std::ptrdiff_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

Task<> until(const std::atomic<bool>& flag, Clock& clock) {
  while (!flag) co_await clock.wait_for(1ms);
}

Task<> later(Clock& clock, std::function<void()> what) {
  co_await clock.wait_for(5ms);
  what();
}

TEST(TtyLines, AreReadBackFromTheDriver) {
  test::RealWorld world;
  test::TestPort port;
  Driver driver;
  const auto line = open(world.io.get_executor(), world.clock, port, driver);
  EXPECT_FALSE(line->set_dtr(false));
  EXPECT_FALSE(line->set_rts(false));
  driver.lines |= TIOCM_CAR | TIOCM_CTS;
  auto lines = *line->control_lines();
  EXPECT_FALSE(lines.terminal_ready);
  EXPECT_FALSE(lines.request_to_send);
  EXPECT_TRUE(lines.carrier);
  EXPECT_TRUE(lines.clear_to_send);
  EXPECT_FALSE(lines.ring);
  EXPECT_FALSE(lines.data_set_ready);
  EXPECT_FALSE(line->set_dtr(true));
  EXPECT_FALSE(line->set_rts(true));
  driver.lines = TIOCM_DTR | TIOCM_RTS | TIOCM_RNG | TIOCM_DSR;
  lines = *line->control_lines();
  EXPECT_TRUE(lines.terminal_ready && lines.request_to_send && lines.ring && lines.data_set_ready);
  EXPECT_FALSE(lines.carrier || lines.clear_to_send);
}

TEST(TtyLines, RtsIsTheDriversWithHardwareFlowControl) {
  test::RealWorld world;
  test::TestPort port;
  Driver driver;
  const auto line = open(world.io.get_executor(), world.clock, port, driver, true);
  EXPECT_EQ(line->set_rts(false), Error::unsupported);
  EXPECT_TRUE(driver.lines & TIOCM_RTS);
}

TEST(TtyLines, ABreakLastsAsLongAsItShould) {
  test::VirtualWorld world;
  test::TestPort port;
  Driver driver;
  const auto line = open(world.io.get_executor(), world.clock, port, driver);
  const auto start = world.clock.now();
  EXPECT_FALSE(world.run(line->send_break(250ms)));
  EXPECT_EQ(world.clock.now() - start, 250ms);
  EXPECT_EQ(driver.breaks, (std::vector<bool>{true, false}));
}

TEST(TtyLines, ABreakThatIsCutShortEnds) {
  test::VirtualWorld world;
  test::TestPort port;
  Driver driver;
  const auto line = open(world.io.get_executor(), world.clock, port, driver);
  world.run([](Line& l, Clock& clock) -> Task<> {
    auto hold = [](Line& held) -> Task<> { co_await held.send_break(10s); };
    co_await first_of(hold(l), clock.wait_for(5ms));
  }(*line, world.clock));
  EXPECT_EQ(driver.breaks, (std::vector<bool>{true, false}));
}

TEST(TtyLines, ClosingEndsABreak) {
  test::VirtualWorld world;
  test::TestPort port;
  Driver driver;
  auto line = open(world.io.get_executor(), world.clock, port, driver);
  const auto start = world.clock.now();
  asio::co_spawn(world.io, later(world.clock, [&] { line.reset(); }), asio::detached);
  EXPECT_EQ(world.run(line->send_break(10s)), asio::error::operation_aborted);
  EXPECT_EQ(world.clock.now() - start, 5ms);
  EXPECT_EQ(driver.breaks, (std::vector<bool>{true, false}));
}

TEST(TtyLines, ErrorsAreCountedFromTheOpening) {
  test::RealWorld world;
  test::TestPort port;
  Driver driver;
  driver.counts.overrun = 7;
  driver.counts.buf_overrun = 1;
  driver.counts.frame = 0x7fffffff;
  driver.counts.parity = -1;
  driver.counts.brk = 3;
  const auto line = open(world.io.get_executor(), world.clock, port, driver);
  EXPECT_EQ(line->port_errors()->overruns, 0U);
  driver.counts.overrun = 9;
  driver.counts.buf_overrun = 4;
  driver.counts.frame = static_cast<int>(0x80000001U);
  driver.counts.parity = 1;
  driver.counts.brk = 4;
  const auto errors = *line->port_errors();
  EXPECT_EQ(errors.overruns, 5U);
  EXPECT_EQ(errors.framing, 2U);
  EXPECT_EQ(errors.parity, 2U);
  EXPECT_EQ(errors.breaks, 1U);
}

TEST(TtyLines, AnEdgeEndsTheWait) {
  test::RealWorld world;
  test::TestPort port;
  Driver driver;
  const auto line = open(world.io.get_executor(), world.clock, port, driver);
  ASSERT_TRUE(line->control_lines());
  world.run([](TtyLine& l, Driver& d, Clock& clock) -> Task<> {
    auto raise_carrier = [](Driver& played, Clock& c) -> Task<> {
      co_await until(played.in_wait, c);
      played.lines |= TIOCM_CAR;
      played.wake();
      co_await c.wait_until(never);
    };
    auto wait = [](TtyLine& waiting) -> Task<> { EXPECT_FALSE(co_await waiting.wait_for_change(never)); };
    co_await first_of(wait(l), raise_carrier(d, clock));
  }(*line, driver, world.clock));
  EXPECT_TRUE(line->control_lines()->carrier);
}

TEST(TtyLines, ARingThatIsOverAlreadyEndsTheWaitToo) {
  test::VirtualWorld world;
  test::TestPort port;
  Driver driver;
  const auto line = open(world.io.get_executor(), world.clock, port, driver);
  ASSERT_TRUE(line->control_lines());
  ++driver.rings;
  EXPECT_FALSE(world.run(line->wait_for_change(world.clock.now())));
  ASSERT_TRUE(line->control_lines());
  EXPECT_EQ(world.run(line->wait_for_change(world.clock.now())), asio::error::timed_out);
}

TEST(TtyLines, AnEdgeThatTheDriverDidNotTellIsNoticedWithinASecond) {
  test::VirtualWorld world;
  test::TestPort port;
  Driver driver;
  const auto line = open(world.io.get_executor(), world.clock, port, driver);
  ASSERT_TRUE(line->control_lines());
  const auto start = world.clock.now();
  asio::co_spawn(world.io, later(world.clock, [&] { driver.lines |= TIOCM_CAR; }), asio::detached);
  EXPECT_FALSE(world.run(line->wait_for_change(never)));
  EXPECT_EQ(world.clock.now() - start, 1s);
}

TEST(TtyLines, ADriverThatCannotTellSaysSo) {
  test::RealWorld world;
  test::TestPort port;
  Driver driver;
  driver.tells_edges = false;
  const auto line = open(world.io.get_executor(), world.clock, port, driver);
  EXPECT_EQ(world.run(line->wait_for_change(never)), Error::unsupported);
  EXPECT_EQ(world.run(line->wait_for_change(never)), Error::unsupported);
}

TEST(TtyLines, ClosingEndsTheWaitAndItsThread) {
  const auto before = threads();
  test::RealWorld world;
  test::TestPort port;
  Driver driver;
  auto line = open(world.io.get_executor(), world.clock, port, driver);
  world.run([](std::unique_ptr<TtyLine>& l, Driver& d, Clock& clock) -> Task<> {
    auto close = [](std::unique_ptr<TtyLine>& closed, Driver& played, Clock& c) -> Task<> {
      co_await until(played.in_wait, c);
      closed.reset();
      co_await c.wait_until(never);
    };
    auto wait = [](TtyLine& waiting) -> Task<> {
      EXPECT_EQ(co_await waiting.wait_for_change(never), asio::error::operation_aborted);
    };
    co_await first_of(wait(*l), close(l, d, clock));
  }(line, driver, world.clock));
  EXPECT_EQ(threads(), before);
}

TEST(TtyLines, ThreeHundredWaitsLeaveNoThread) {
  const auto before = threads();
  test::VirtualWorld world;
  test::TestPort port;
  Driver driver;
  for (int round = 0; round < 300; ++round) {
    const auto line = open(world.io.get_executor(), world.clock, port, driver);
    EXPECT_EQ(world.run(line->wait_for_change(world.clock.now())), asio::error::timed_out);
  }
  EXPECT_EQ(threads(), before);
}

TEST(TtyLines, APseudoTerminalHasNone) {
  const auto before = threads();
  test::RealWorld world;
  test::TestPort port;
  const auto line = *open_tty(world.io.get_executor(), world.clock, port.path,
                              {.hardware_flow_control = false, .lock_folder = ""});
  EXPECT_EQ(line->control_lines().error(), Error::unsupported);
  EXPECT_EQ(line->set_rts(false), Error::unsupported);
  EXPECT_EQ(line->port_errors().error(), Error::unsupported);
  EXPECT_EQ(world.run(line->wait_for_change(never)), Error::unsupported);
  EXPECT_EQ(world.run(line->send_break(1s)), Error::unsupported);
  EXPECT_EQ(threads(), before);
}

}  // namespace
}  // namespace external::line::tty_lines_test
