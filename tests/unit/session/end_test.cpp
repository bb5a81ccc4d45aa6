// How a call ends: FINISHED, BYE, and mail that comes between.

#include "../../../src/session/records.h"
#include "exchange.h"

namespace external::session::end_test {
namespace {

using namespace std::chrono_literals;
using external::test::VirtualWorld;
using test::Exchange;
using test::FakeMailroom;
using test::some_bytes;

TEST(End, AnEmptyCallTakesOneRoundTrip) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  Exchange call(world, north, south);
  ASSERT_TRUE(call.run());
  EXPECT_FALSE(call.caller.result);
  EXPECT_FALSE(call.answerer.result);
  EXPECT_LT(*call.caller.ended - call.started, 105ms);
  EXPECT_LE(call.caller_link.bytes_sent() + call.answerer_link.bytes_sent(), 3u) << "FINISHED twice and BYE";
}

TEST(End, ByeComesInTheFlightOfTheLastDone) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(1000, 1));
  Exchange call(world, north, south);
  ASSERT_TRUE(call.run());
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_LT(*call.caller.ended - call.started, 310ms) << "1.1 KB at 5.76 KB a second and one round trip";
}

TEST(End, TheCallerHangsUpOnceItsOwnAnswersHaveGoneAndByeHasCome) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  south.queue("s", some_bytes(1000, 1));
  Exchange call(world, north, south);
  ASSERT_TRUE(call.run());
  EXPECT_FALSE(call.caller.result);
  EXPECT_TRUE(south.waiting.empty());
  EXPECT_LT(*call.caller.ended - call.started, 420ms);
}

TEST(End, NewsAtTheCallerAfterFinishedKeepsTheCallGoing) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  south.queue("s", some_bytes(20000, 1));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(1s);
  north.queue("late", some_bytes(40000, 2));
  call.caller_session->news();
  ASSERT_TRUE(call.finish());
  EXPECT_FALSE(call.caller.result);
  EXPECT_FALSE(call.answerer.result);
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_TRUE(south.waiting.empty());
}

TEST(End, NewsWithoutMailChangesNothing) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  south.queue("s", some_bytes(5760, 1));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(200ms);
  call.caller_session->news();
  call.answerer_session->news();
  ASSERT_TRUE(call.finish());
  EXPECT_FALSE(call.caller.result);
  EXPECT_LT(*call.caller.ended - call.started, 1500ms);
}

TEST(End, NewsAtTheAnswererBeforeByeGoesInThisCall) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(20000, 1));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(3s);
  south.queue("late", some_bytes(3000, 2));
  call.answerer_session->news();
  ASSERT_TRUE(call.finish());
  EXPECT_FALSE(call.caller.result);
  EXPECT_TRUE(south.waiting.empty());
}

TEST(End, NewsAtTheAnswererAfterByeWaitsForTheNextCall) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  std::optional<Exchange> made(std::in_place, world, north, south);
  Exchange& call = *made;
  call.start();
  world.clock.advance(60ms);  // BYE is on its way
  south.queue("late", some_bytes(3000, 2));
  call.answerer_session->news();
  ASSERT_TRUE(call.finish());
  EXPECT_FALSE(call.caller.result);
  EXPECT_FALSE(call.answerer.result);
  EXPECT_TRUE(south.waiting.contains("late"));
  EXPECT_TRUE(north.arrived.empty());
  made.reset();
  Exchange next(world, north, south);
  ASSERT_TRUE(next.run());
  EXPECT_TRUE(south.waiting.empty());
}

TEST(End, AnOfferThatCrossesByeGoesWithTheNextCall) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  std::optional<Exchange> made(std::in_place, world, north, south);
  Exchange& call = *made;
  call.start();
  world.clock.advance(60ms);  // BYE is on its way
  north.queue("late", some_bytes(3000, 2));
  call.caller_session->news();
  ASSERT_TRUE(call.finish());
  EXPECT_FALSE(call.caller.result);
  EXPECT_FALSE(call.answerer.result);
  EXPECT_TRUE(north.waiting.contains("late"));
  EXPECT_TRUE(south.arrived.empty());
  made.reset();
  Exchange next(world, north, south);
  ASSERT_TRUE(next.run());
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_EQ(south.doubled, 0);
}

TEST(End, NoMailIsLostOrDoubledWheneverNewsComes) {
  for (auto when = 0ms; when < 600ms; when += 10ms) {
    VirtualWorld world;
    FakeMailroom north;
    FakeMailroom south;
    north.queue("n", some_bytes(800, 1));
    std::optional<Exchange> made(std::in_place, world, north, south);
    Exchange& call = *made;
    call.start();
    world.clock.advance(when);
    north.queue("n2", some_bytes(500, 2));
    south.queue("s2", some_bytes(500, 3));
    call.caller_session->news();
    call.answerer_session->news();
    ASSERT_TRUE(call.finish()) << when.count();
    EXPECT_FALSE(call.caller.result) << when.count();
    EXPECT_FALSE(call.answerer.result) << when.count();
    EXPECT_LT(*call.caller.ended - call.started, 2s) << when.count();
    made.reset();
    Exchange next(world, north, south);
    ASSERT_TRUE(next.run()) << when.count();
    EXPECT_TRUE(north.waiting.empty() && south.waiting.empty()) << when.count();
    EXPECT_EQ(north.doubled + south.doubled, 0);
    EXPECT_EQ(south.arrived.size(), 2u);
    EXPECT_EQ(north.arrived.size(), 1u);
  }
}

TEST(End, ACallerThatHearsNoByeHangsUpAfterTenSeconds) {
  VirtualWorld world;
  FakeMailroom north;
  external::test::MemoryLink link(world.clock, world.io.get_executor(), {});
  external::test::MemoryLink peer(world.clock, world.io.get_executor(), {});
  link.join(peer);
  peer.join(link);
  const auto session =
      make_session(link, north, north, north, world.clock, world.io.get_executor(), Role::caller);
  for (auto* one : {&link, &peer}) asio::co_spawn(world.io, one->run(), [](const auto&...) {});
  LastOffer last;
  const auto start = world.clock.now();
  const auto result = world.run([](Session& s, link::Link& p, Bytes finished) -> Task<error_code> {
    co_await p.send(link::Stream::control, std::move(finished));
    co_return co_await s.run();
  }(*session, peer, encode(FinishedRecord(), last)));
  EXPECT_FALSE(result) << result.message();
  EXPECT_GE(world.clock.now() - start, 10s);
  EXPECT_LT(world.clock.now() - start, 11s);
}

}  // namespace
}  // namespace external::session::end_test
