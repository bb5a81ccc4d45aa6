// Rows about a session on a line that breaks, loses bytes or stands still.

#include "../unit/session/fake_mailroom.h"
#include "linked.h"
#include "run.h"

#include <external/line/memory.h>

#include <random>

namespace external::matrix::session_rows_test {
namespace {

using namespace std::chrono_literals;
using line::MemoryLineOptions;
using line::MemoryLinePair;
using session::Role;
using session::test::FakeMailroom;

const MemoryLineOptions telephone{.bits_per_second = 57600, .latency = 50ms};

Bytes some_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// How one end saw the call.
struct Ending {
  error_code error{asio::error::would_block};
  link::Statistics line;
};

/// One end of a call: link and session; hangs up when its session is over.
Task<> hold(line::Line& line, FakeMailroom& room, Clock& clock, Role role, unsigned speed, Ending& ending) {
  const auto executor = co_await asio::this_coro::executor;
  link::Options options;
  options.bits_per_second = speed;
  options.answerer = role == Role::answerer;
  const auto link = link::make_link(line, clock, executor, options);
  link->secure(external::test::security_of(options.answerer));
  const auto session = session::make_session(*link, room, room, room, clock, executor, role,
                                             session::Options{.bits_per_second = speed});
  auto serve = [](link::Link& one) -> Task<> {
    co_await one.run();
    Event forever(co_await asio::this_coro::executor);
    co_await forever.wait();
  };
  auto talk = [](session::Session& one, error_code& result) -> Task<> { result = co_await one.run(); };
  co_await first_of(talk(*session, ending.error), serve(*link));
  ending.line = link->statistics();
  line.close();
}

struct Ends {
  Ending caller;
  Ending answerer;
};

/// One call between two post offices over `lines`.
Ends call(test::VirtualWorld& world, FakeMailroom& caller, FakeMailroom& answerer, MemoryLinePair& lines) {
  Ends ends;
  using asio::experimental::awaitable_operators::operator&&;
  world.run([](auto& w, auto& c, auto& a, auto& l, auto& e) -> Task<> {
    co_await (hold(l.a(), c, w.clock, Role::caller, 57600, e.caller) &&
              hold(l.b(), a, w.clock, Role::answerer, 57600, e.answerer));
  }(world, caller, answerer, lines, ends));
  return ends;
}

TEST(FaultMatrix, R35_ALineThatIsCutAtAnyBlockCostsNoMessageAndDoublesNone) {
  test::VirtualWorld world;
  int cuts = 0;
  for (std::uint64_t cut = 100;; cut += 250) {
    FakeMailroom north;
    FakeMailroom south;
    for (unsigned i = 0; i < 3; ++i) north.queue("n" + std::to_string(i), some_bytes(1500, i));
    south.queue("s", some_bytes(700, 9));
    bool broke = false;
    {
      MemoryLinePair lines(world.io.get_executor(), world.clock, telephone);
      std::uint64_t count = 0;
      lines.tamper_a_to_b([&](std::uint8_t&) {
        broke = broke || ++count == cut;
        if (broke) lines.hang_up();
        return !broke;
      });
      call(world, north, south, lines);
    }
    for (unsigned i = 0; i < 3; ++i) {
      const auto key = "n" + std::to_string(i);
      ASSERT_TRUE(north.waiting.contains(key) || south.arrived.contains(key))
          << key << " is lost after a cut at byte " << cut;
    }
    if (!broke) break;
    ++cuts;
    MemoryLinePair lines(world.io.get_executor(), world.clock, telephone);
    const auto ends = call(world, north, south, lines);
    ASSERT_FALSE(ends.caller.error) << ends.caller.error.message() << " after a cut at byte " << cut;
    ASSERT_TRUE(north.waiting.empty() && south.waiting.empty()) << cut;
    ASSERT_EQ(south.arrived.size(), 3u) << cut;
    ASSERT_EQ(north.arrived.size(), 1u) << cut;
    ASSERT_EQ(south.doubled + north.doubled, 0) << cut;
    for (unsigned i = 0; i < 3; ++i)
      ASSERT_EQ(south.arrived.at("n" + std::to_string(i)).content, some_bytes(1500, i)) << cut;
  }
  EXPECT_GT(cuts, 15);
}

TEST(FaultMatrix, R36_KeepAlivesDoNotHoldTheLineOnlyMailDoes) {
  test::VirtualWorld world;
  MemoryLinePair lines(world.io.get_executor(), world.clock, telephone);
  FakeMailroom room;
  room.queue("k", some_bytes(20000, 1));
  Ending ending;
  std::optional<TimePoint> ended;
  const auto start = world.clock.now();
  asio::co_spawn(world.io, hold(lines.a(), room, world.clock, Role::caller, 57600, ending),
                 [&](const std::exception_ptr&) { ended = world.clock.now(); });
  // A program that hangs behind a link that works: it acknowledges and asks whether we are there.
  const auto peer = link::make_link(lines.b(), world.clock, world.io.get_executor(),
                                    {.bits_per_second = 57600, .answerer = true});
  peer->secure(test::security_of(true));
  asio::co_spawn(world.io, peer->run(), [](const auto&...) {});
  world.clock.run_until([&] { return ended.has_value(); }, 2h);
  ASSERT_TRUE(ended) << "the line is still held after two hours without mail";
  EXPECT_EQ(ending.error, error_code(asio::error::timed_out)) << ending.error.message();
  EXPECT_GT(ending.line.frames_received, 10u) << "the peer did keep the link alive";
  EXPECT_GE(*ended - start, 10min);
  EXPECT_LE(*ended - start, 11min);
  EXPECT_TRUE(room.waiting.contains("k"));
}

TEST(FaultMatrix, R37_BytesLostOnTheWayAreCountedByTheEndThatMissesThemAndComeAgain) {
  test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  const auto content = some_bytes(60000, 1);
  north.queue("k", content);
  MemoryLinePair lines(world.io.get_executor(), world.clock, telephone);
  std::uint64_t count = 0;
  lines.tamper_a_to_b([&](std::uint8_t&) { return ++count % 7919 != 0; });
  const auto ends = call(world, north, south, lines);
  EXPECT_FALSE(ends.caller.error) << ends.caller.error.message();
  ASSERT_TRUE(south.arrived.contains("k"));
  EXPECT_EQ(south.arrived.at("k").content, content);

  const auto& sender = ends.caller.line;
  const auto& receiver = ends.answerer.line;
  EXPECT_GE(receiver.bad_frames + receiver.bad_checks, 5u) << "the receiver counts what came damaged";
  EXPECT_GE(receiver.out_of_order, 1u) << "and what came before something that is missing";
  EXPECT_GE(sender.rejects, 1u) << "the sender counts the demands to send again";
  EXPECT_GE(sender.frames_repeated, 5u);
  EXPECT_EQ(sender.bad_frames + sender.bad_checks + sender.out_of_order, 0u)
      << "its own receiver saw nothing";
  EXPECT_EQ(receiver.rejects, 0u);
}

}  // namespace
}  // namespace external::matrix::session_rows_test
