#include "run.h"

#include <external/line/memory.h>

namespace external::line::memory_test {
namespace {

using namespace std::chrono_literals;
using test::VirtualWorld;

Task<Bytes> read_exactly(Line& line, std::size_t count) {
  Bytes all;
  std::array<std::uint8_t, 256> some;
  while (all.size() < count) {
    const auto got =
        co_await line.read(std::span(some).first(std::min(some.size(), count - all.size())), never);
    if (!got) break;
    all.insert(all.end(), some.begin(), some.begin() + static_cast<long>(*got));
  }
  co_return all;
}

TEST(MemoryLine, CarriesBytesInOrder) {
  VirtualWorld world;
  MemoryLinePair pair(world.io.get_executor(), world.clock);
  const auto got = world.run([](MemoryLinePair& p) -> Task<Bytes> {
    co_await p.a().write(as_bytes("hello"), never);
    co_return co_await read_exactly(p.b(), 5);
  }(pair));
  EXPECT_EQ(as_text(got), "hello");
}

TEST(MemoryLine, KeepsTheRateAndTheLatencyToTheByte) {
  VirtualWorld world;
  MemoryLinePair pair(world.io.get_executor(), world.clock, {.bits_per_second = 9600, .latency = 700ms});
  const auto start = world.clock.now();
  world.run([](MemoryLinePair& p) -> Task<> {
    co_await p.a().write(Bytes(960, 'x'), never);
    co_await read_exactly(p.b(), 960);
  }(pair));
  EXPECT_NEAR(std::chrono::duration<double>(world.clock.now() - start).count(), 1.7, 0.002);
}

TEST(MemoryLine, StopsAWriterThatIsABufferAhead) {
  VirtualWorld world;
  MemoryLinePair pair(world.io.get_executor(), world.clock, {.bits_per_second = 9600, .buffer = 100});
  const auto start = world.clock.now();
  world.run([](MemoryLinePair& p) -> Task<> { co_await p.a().write(Bytes(1060, 'x'), never); }(pair));
  EXPECT_NEAR(std::chrono::duration<double>(world.clock.now() - start).count(), 1.0, 0.002);
}

TEST(MemoryLine, ReadTimesOutAndLosesNothing) {
  VirtualWorld world;
  MemoryLinePair pair(world.io.get_executor(), world.clock, {.latency = 2s});
  world.run([](VirtualWorld& w, MemoryLinePair& p) -> Task<> {
    co_await p.a().write(as_bytes("late"), never);
    std::array<std::uint8_t, 8> buffer;
    const auto early = co_await p.b().read(buffer, w.clock.now() + 1s);
    EXPECT_EQ(early.error(), asio::error::timed_out);
    const auto got = co_await read_exactly(p.b(), 4);
    EXPECT_EQ(as_text(got), "late");
  }(world, pair));
}

TEST(MemoryLine, HangUpDeliversWhatArrivedAndLosesTheRest) {
  VirtualWorld world;
  MemoryLinePair pair(world.io.get_executor(), world.clock, {.bits_per_second = 9600});
  world.run([](VirtualWorld& w, MemoryLinePair& p) -> Task<> {
    co_await p.a().write(Bytes(96, 'x'), never);
    co_await w.clock.wait_for(50ms);
    p.hang_up();
    const auto got = co_await read_exactly(p.b(), 96);
    EXPECT_NEAR(static_cast<double>(got.size()), 48, 1);
    std::array<std::uint8_t, 8> buffer;
    EXPECT_EQ((co_await p.b().read(buffer, never)).error(), Error::hung_up);
    EXPECT_EQ(co_await p.a().write(as_bytes("x"), never), Error::hung_up);
  }(world, pair));
}

TEST(MemoryLine, BitErrorsComeAtTheirRate) {
  VirtualWorld world;
  MemoryLinePair pair(world.io.get_executor(), world.clock, {.bit_error_rate = 1e-2, .seed = 7});
  const auto got = world.run([](MemoryLinePair& p) -> Task<Bytes> {
    co_await p.a().write(Bytes(100000, 0), never);
    co_return co_await read_exactly(p.b(), 100000);
  }(pair));
  int flipped = 0;
  for (const auto byte : got) flipped += __builtin_popcount(byte);
  EXPECT_NEAR(flipped, 8000, 400);
}

TEST(MemoryLine, CancelledReadLosesNothing) {
  VirtualWorld world;
  MemoryLinePair pair(world.io.get_executor(), world.clock, {.latency = 100ms});
  world.run([](VirtualWorld& w, MemoryLinePair& p) -> Task<> {
    co_await p.a().write(as_bytes("kept"), never);
    co_await first_of([](Line& line) -> Task<> { co_await read_exactly(line, 4); }(p.b()),
                      w.clock.wait_for(50ms));
    EXPECT_EQ(as_text(co_await read_exactly(p.b(), 4)), "kept");
  }(world, pair));
}

}  // namespace
}  // namespace external::line::memory_test
