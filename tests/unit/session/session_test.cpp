#include "../../../src/session/records.h"
#include "exchange.h"
#include "fake_mailroom.h"
#include "linked.h"
#include "run.h"

#include <external/line/memory.h>
#include <external/session/session.h>

namespace external::session::session_test {
namespace {

using namespace std::chrono_literals;
using line::MemoryLinePair;
using test::FakeMailroom;
using test::some_bytes;

struct Ends {
  error_code caller{asio::error::would_block};
  error_code answerer{asio::error::would_block};
};

/// One end of a call: link and session; hangs up when its session is over.
Task<> hold(line::Line& line, FakeMailroom& room, Clock& clock, Role role, unsigned speed,
            error_code& outcome) {
  const auto executor = co_await asio::this_coro::executor;
  link::Options options;
  options.bits_per_second = speed;
  options.answerer = role == Role::answerer;
  const auto link = link::make_link(line, clock, executor, options);
  link->secure(external::test::security_of(options.answerer));
  const auto session =
      make_session(*link, room, room, room, clock, executor, role, Options{.bits_per_second = speed});
  auto serve = [](link::Link& l) -> Task<> {
    co_await l.run();
    co_await asio::steady_timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max())
        .async_wait(asio::use_awaitable);
  };
  auto talk = [](Session& s, error_code& result) -> Task<> { result = co_await s.run(); };
  co_await first_of(talk(*session, outcome), serve(*link));
  line.close();
}

/// One call between two post offices over links in memory, at 57,600 bps; `cut` after so long.
Ends call(external::test::VirtualWorld& world, FakeMailroom& caller, FakeMailroom& answerer,
          std::optional<Duration> cut = {}) {
  test::Exchange exchange(world, caller, answerer);
  exchange.start();
  if (cut) {
    world.clock.advance(*cut);
    exchange.hang_up();
  }
  EXPECT_TRUE(exchange.finish());
  return {exchange.caller.result, exchange.answerer.result};
}

TEST(Session, MovesMailOverALine) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(6000, 1));
  south.queue("s", some_bytes(2000, 2));
  MemoryLinePair lines(world.io.get_executor(), world.clock, {.bits_per_second = 57600, .latency = 50ms});
  Ends ends;
  using asio::experimental::awaitable_operators::operator&&;
  world.run([](auto& w, auto& c, auto& a, auto& l, auto& e) -> Task<> {
    co_await (hold(l.a(), c, w.clock, Role::caller, 57600, e.caller) &&
              hold(l.b(), a, w.clock, Role::answerer, 57600, e.answerer));
  }(world, north, south, lines, ends));
  EXPECT_FALSE(ends.caller) << ends.caller.message();
  EXPECT_FALSE(ends.answerer) << ends.answerer.message();
  EXPECT_EQ(south.arrived.at("n").content, some_bytes(6000, 1));
  EXPECT_EQ(north.arrived.at("s").content, some_bytes(2000, 2));
}

TEST(Session, MovesMailBothWaysInOneCall) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  for (unsigned i = 0; i < 100; ++i) {
    north.queue("n" + std::to_string(i), some_bytes(50 * i, i));
    south.queue("s" + std::to_string(i), some_bytes(5000 - 50 * i, i));
  }
  const auto north_mail = north.waiting;
  const auto south_mail = south.waiting;
  const auto ends = call(world, north, south);
  EXPECT_FALSE(ends.caller) << ends.caller.message();
  EXPECT_FALSE(ends.answerer) << ends.answerer.message();
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_TRUE(south.waiting.empty());
  ASSERT_EQ(south.arrived.size(), 100u);
  ASSERT_EQ(north.arrived.size(), 100u);
  for (const auto& [key, message] : north_mail)
    EXPECT_EQ(south.arrived.at(key).content, message.content) << key;
  for (const auto& [key, message] : south_mail)
    EXPECT_EQ(north.arrived.at(key).content, message.content) << key;
  EXPECT_EQ(north.sent_events, 100);
  EXPECT_EQ(north.received_events, 100);
}

TEST(Session, UrgentGoesFirst) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("a-low", some_bytes(20000, 1), Priority::low);
  north.queue("b-normal", some_bytes(20000, 2));
  north.queue("c-urgent", some_bytes(20000, 3), Priority::urgent);
  call(world, north, south);
  EXPECT_EQ(south.order, (std::vector<std::string>{"c-urgent", "b-normal", "a-low"}));
}

TEST(Session, ResumesInsideAMessageAndSendsNoByteTwice) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("big", some_bytes(300000, 1));
  const auto broken = call(world, north, south, 26s);
  EXPECT_EQ(broken.caller, line::Error::hung_up);
  EXPECT_EQ(north.waiting.size(), 1u);
  const auto kept = south.partial.at("big").size();
  EXPECT_GT(kept, 130000u);
  const auto ends = call(world, north, south);
  EXPECT_FALSE(ends.caller);
  EXPECT_EQ(south.arrived.at("big").content, some_bytes(300000, 1));
  EXPECT_EQ(south.content_bytes_taken, 300000u);
}

TEST(Session, StartsAgainWhenThePrefixIsNotTheSame) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("big", some_bytes(30000, 1));
  south.partial["big"] = some_bytes(20000, 2);
  EXPECT_FALSE(call(world, north, south).caller);
  EXPECT_EQ(south.arrived.at("big").content, some_bytes(30000, 1));
}

TEST(Session, AMessageThatIsThereAlreadyIsNotTakenAgain) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("small", some_bytes(100, 1));
  north.queue("large", some_bytes(100000, 2));
  south.arrived["small"] = south.arrived["large"] = {};
  EXPECT_FALSE(call(world, north, south).caller);
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_EQ(south.content_bytes_taken, 0u);
  EXPECT_EQ(south.refused_as_known, 2);
}

TEST(Session, ARefusedMessageStopsNoOther) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("a", some_bytes(100, 1));
  north.queue("b", some_bytes(50000, 2));
  south.queue("c", some_bytes(100, 3));
  south.refuse = Refusal{9, true, "Mail maximum size exceeded"};
  const auto ends = call(world, north, south);
  EXPECT_FALSE(ends.caller);
  EXPECT_FALSE(ends.answerer);
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_TRUE(south.arrived.empty());
  EXPECT_EQ(north.arrived.size(), 1u);
  EXPECT_EQ(north.last_refusal->code, 9);
  EXPECT_EQ(north.last_refusal->text, "Mail maximum size exceeded");
}

TEST(Session, AMessageThatCannotBeStoredStaysQueued) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("a", some_bytes(100, 1));
  north.queue("b", some_bytes(50000, 2));
  south.fail_store = "Disk storage full";
  const auto ends = call(world, north, south);
  EXPECT_FALSE(ends.caller);
  EXPECT_EQ(north.waiting.size(), 2u);
  EXPECT_EQ(north.last_failure, "Disk storage full");
}

TEST(Session, EveryMessageArrivesOnceHoweverOftenTheLineBreaks) {
  external::test::VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  for (unsigned i = 0; i < 40; ++i) {
    north.queue("n" + std::to_string(i), some_bytes(400 * i, i));
    south.queue("s" + std::to_string(i), some_bytes(300 * i, i));
  }
  const auto north_mail = north.waiting;
  std::mt19937 random(99);
  int calls = 0;
  while ((!north.waiting.empty() || !south.waiting.empty()) && calls < 200) {
    ++calls;
    const auto cut = std::chrono::milliseconds(random() % 8000);
    call(world, north, south, cut);
    north.on_offer.clear();
    south.on_offer.clear();
  }
  EXPECT_GT(calls, 5);
  EXPECT_EQ(south.arrived.size(), 40u);
  EXPECT_EQ(north.arrived.size(), 40u);
  EXPECT_EQ(south.doubled + north.doubled, 0);
  for (const auto& [key, message] : north_mail)
    EXPECT_EQ(south.arrived.at(key).content, message.content) << key;
}

TEST(Session, APeerThatBreaksTheProtocolIsHungUpOn) {
  const std::vector<AnyRecord> nonsense = {DoneRecord{{0}},     HaveRecord{{3, 4}}, AcceptRecord{5, 0, {}},
                                           RefuseRecord{1, {}}, WithdrawRecord{1},  FailedRecord{0, "x"}};
  for (const auto& record : nonsense) {
    external::test::VirtualWorld world;
    MemoryLinePair lines(world.io.get_executor(), world.clock);
    FakeMailroom room;
    error_code outcome;
    world.run([](auto& w, auto& l, FakeMailroom& r, error_code& o, const AnyRecord& rec) -> Task<> {
      const auto executor = co_await asio::this_coro::executor;
      const auto bad = link::make_link(l.b(), w.clock, executor, {});
      bad->secure(external::test::security_of(false));
      auto serve = [](link::Link& peer) -> Task<> {
        co_await peer.run();
        co_await asio::steady_timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max())
            .async_wait(asio::use_awaitable);
      };
      LastOffer last;
      co_await bad->send(link::Stream::control, encode(rec, last));
      co_await first_of(hold(l.a(), r, w.clock, Role::answerer, 0, o), serve(*bad));
    }(world, lines, room, outcome, record));
    EXPECT_EQ(outcome, link::Error::protocol) << record.index();
  }
}

}  // namespace
}  // namespace external::session::session_test
