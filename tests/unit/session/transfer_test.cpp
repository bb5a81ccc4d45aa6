// How content goes: unasked, asked for, resumed, in turns, and stopped.

#include "../../../src/session/turns.h"
#include "exchange.h"

namespace external::session::transfer_test {
namespace {

using namespace std::chrono_literals;
using external::test::MemoryLinkOptions;
using external::test::VirtualWorld;
using test::Exchange;
using test::FakeMailroom;
using test::some_bytes;

TEST(Transfer, ASmallMessageGoesInTheFirstFlight) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(4096, 1));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(900ms);  // 4.2 KB at 5.76 KB a second, and 50 ms
  EXPECT_TRUE(south.arrived.contains("n"));
  EXPECT_TRUE(call.finish());
}

TEST(Transfer, ASmallMessageThatWasTriedAsksFirstAndGoesOn) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  const auto content = some_bytes(4000, 1);
  north.queue("n", content);
  {
    Exchange broken(world, north, south);
    broken.start();
    world.clock.advance(500ms);
    broken.hang_up();
    ASSERT_TRUE(broken.finish());
  }
  const auto kept = south.partial.at("n").size();
  ASSERT_GT(kept, 1000u);
  ASSERT_LT(kept, 4000u);
  Exchange call(world, north, south);
  ASSERT_TRUE(call.run());
  EXPECT_EQ(south.arrived.at("n").content, content);
  EXPECT_EQ(south.content_bytes_taken, 4000u);
  EXPECT_EQ(call.caller.progress.bytes_sent, 4000u - kept);
}

TEST(Transfer, ALargeMessageWaitsForItsAcceptance) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(4097, 1));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(80ms);
  EXPECT_TRUE(north.reads.empty());
  world.clock.advance(60ms);
  EXPECT_FALSE(north.reads.empty());
  EXPECT_TRUE(call.finish());
}

TEST(Transfer, ALineThatWouldBeIdleCarriesContentThatNobodyHasAskedForYet) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(20000, 1));
  const MemoryLinkOptions far{.latency = 700ms};
  Exchange call(world, north, south, far);
  call.start();
  world.clock.advance(200ms);
  EXPECT_TRUE(north.reads.empty());
  world.clock.advance(150ms);
  EXPECT_FALSE(north.reads.empty());
  ASSERT_TRUE(call.finish());
  EXPECT_EQ(south.arrived.at("n").content, some_bytes(20000, 1));
  EXPECT_EQ(call.caller.progress.bytes_sent, 20000u) << "ACCEPT changed nothing";
}

TEST(Transfer, WhatWasTriedIsNeverSentUnasked) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(20000, 1));
  north.tried.insert("n");
  const MemoryLinkOptions far{.latency = 700ms};
  Exchange call(world, north, south, far);
  call.start();
  world.clock.advance(1300ms);
  EXPECT_TRUE(north.reads.empty());
  EXPECT_TRUE(call.finish());
}

TEST(Transfer, ContentThatWentTooEarlyIsDroppedAndTheRestGoesFromWhereTheOtherEndIs) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  const auto content = some_bytes(50000, 1);
  north.queue("n", content);
  south.partial["n"].assign(content.begin(), content.begin() + 40000);  // came another way
  const MemoryLinkOptions far{.latency = 700ms};
  Exchange call(world, north, south, far);
  ASSERT_TRUE(call.run());
  EXPECT_EQ(south.arrived.at("n").content, content);
  EXPECT_EQ(south.content_bytes_taken, 10000u);
  EXPECT_LT(call.caller.progress.bytes_sent, 40000u);
}

TEST(Transfer, ContentThatWentTooEarlyStopsWhenTheMessageIsThere) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(100000, 1));
  south.arrived["n"] = {};
  const MemoryLinkOptions far{.latency = 700ms};
  Exchange call(world, north, south, far);
  ASSERT_TRUE(call.run());
  EXPECT_FALSE(call.caller.result);
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_EQ(south.content_bytes_taken, 0u);
  EXPECT_LT(call.caller.progress.bytes_sent, 30000u);
}

TEST(Transfer, AMessageThatIsThereIsRefusedBeforeItsBodyGoes) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  for (unsigned i = 0; i < 40; ++i) {
    north.queue("n" + std::to_string(i), some_bytes(4000, i));
    if (i != 0) south.arrived["n" + std::to_string(i)] = {};
  }
  Exchange call(world, north, south);
  ASSERT_TRUE(call.run());
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_LT(call.caller.progress.bytes_sent, 24000u) << "of 160,000";
}

TEST(Transfer, AMessageWhoseContentIsAllThereNeedsNoneOfItAgain) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  for (const std::size_t size : {0u, 3000u, 30000u}) {
    const auto key = "n" + std::to_string(size);
    north.queue(key, some_bytes(size, 1));
    north.tried.insert(key);
    south.partial[key] = some_bytes(size, 1);
  }
  Exchange call(world, north, south);
  ASSERT_TRUE(call.run());
  EXPECT_FALSE(call.caller.result) << call.caller.result.message();
  EXPECT_EQ(south.arrived.size(), 3u);
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_EQ(call.caller.progress.bytes_sent, 0u);
}

TEST(Transfer, TheStartOfAnotherMessageIsForgotten) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  for (const std::size_t size : {3000u, 30000u}) {
    const auto key = "n" + std::to_string(size);
    north.queue(key, some_bytes(size, 1));
    north.tried.insert(key);
    south.partial[key] = some_bytes(size / 2, 2);
  }
  Exchange call(world, north, south);
  ASSERT_TRUE(call.run());
  EXPECT_FALSE(call.caller.result);
  ASSERT_EQ(south.arrived.size(), 2u);
  EXPECT_EQ(south.arrived.at("n3000").content, some_bytes(3000, 1));
  EXPECT_EQ(south.arrived.at("n30000").content, some_bytes(30000, 1));
  EXPECT_TRUE(north.waiting.empty());
}

TEST(Transfer, NoByteThatArrivedGoesTwiceWhereverTheLineBreaks) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    VirtualWorld world;
    FakeMailroom north;
    FakeMailroom south;
    std::size_t north_size = 0;
    std::size_t south_size = 0;
    for (unsigned i = 0; i < 6; ++i) {
      const std::size_t large = 1 + random() % 60000;
      const std::size_t small = random() % 4097;
      north.queue("n" + std::to_string(i), some_bytes(i % 2 ? small : large, i));
      south.queue("s" + std::to_string(i), some_bytes(i % 2 ? large : small, i));
      north_size += i % 2 ? small : large;
      south_size += i % 2 ? large : small;
    }
    for (int calls = 0; calls < 200 && !(north.waiting.empty() && south.waiting.empty()); ++calls) {
      Exchange call(world, north, south);
      call.start();
      world.clock.advance(std::chrono::milliseconds(random() % 8000));
      call.hang_up();
      ASSERT_TRUE(call.finish());
    }
    ASSERT_TRUE(north.waiting.empty() && south.waiting.empty()) << round;
    EXPECT_EQ(south.content_bytes_taken, north_size) << round;
    EXPECT_EQ(north.content_bytes_taken, south_size) << round;
    EXPECT_EQ(north.doubled + south.doubled, 0) << round;
  }
}

TEST(Transfer, WhatHasArrivedIsMadeDurableWithinFiftyMilliseconds) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(100000, 1));
  Exchange call(world, north, south);
  call.start();
  for (int step = 0; step < 100; ++step) {
    world.clock.advance(97ms);
    EXPECT_LE(call.answerer_session->progress().bytes_received - south.durable_bytes(), 1024u) << step;
  }
  EXPECT_GT(south.durable_bytes(), 50000u);
}

TEST(Transfer, UrgentMailPassesAnyNumberOfOthers) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  for (unsigned i = 0; i < 100; ++i) north.queue("n" + std::to_string(i), some_bytes(100000, i));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(60s);
  north.queue("urgent", some_bytes(2000, 1), Priority::urgent);
  call.caller_session->news();
  world.clock.advance(1s);
  EXPECT_TRUE(south.arrived.contains("urgent"));
}

TEST(Transfer, LowPriorityHasAnEighthOfABusyLine) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("low", some_bytes(2'000'000, 1), Priority::low);
  for (unsigned i = 0; i < 300; ++i) north.queue("n" + std::to_string(i), some_bytes(20000, i));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(600s);
  const auto low = south.partial.at("low").size();
  EXPECT_GT(low, 600u * 5760 / 10);
  EXPECT_LT(low, 600u * 5760 / 6) << "but no more while normal mail waits";
  EXPECT_GT(south.arrived.size(), 100u);
}

TEST(Transfer, SmallMailWithoutEndDoesNotHoldUpALargeOne) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("a-large", some_bytes(1'000'000, 1));
  for (unsigned i = 0; i < 500; ++i) north.queue("n" + std::to_string(i), some_bytes(4000, i));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(200s);
  EXPECT_GT(south.partial.at("a-large").size(), 200u * 5760 / 5);
  EXPECT_GT(south.arrived.size(), 60u);
}

TEST(Transfer, AMessageThatIsHeldOrDeletedStops) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("held", some_bytes(1'000'000, 1));
  north.queue("other", some_bytes(50000, 2));
  Exchange call(world, north, south);
  call.start();
  world.clock.advance(20s);
  north.unwanted.insert("held");
  ASSERT_TRUE(call.finish());
  EXPECT_FALSE(call.caller.result);
  EXPECT_FALSE(call.answerer.result);
  EXPECT_LT(*call.caller.ended - call.started, 26s);
  EXPECT_TRUE(south.arrived.contains("other"));
  EXPECT_FALSE(south.arrived.contains("held"));
  EXPECT_TRUE(north.put_back.contains("held"));
  EXPECT_GT(south.partial.at("held").size(), 50000u) << "kept for when it is released";
}

TEST(Transfer, AMessageThatIsHeldBeforeItIsAskedForStops) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("held", some_bytes(100000, 1));
  north.unwanted.insert("held");
  Exchange call(world, north, south);
  ASSERT_TRUE(call.run());
  EXPECT_FALSE(call.caller.result);
  EXPECT_LT(*call.caller.ended - call.started, 5s);
  EXPECT_TRUE(north.put_back.contains("held"));
}

TEST(Transfer, WorkForTheDiskIsDoneInBatchesThatGrowWhileItIsBusy) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  for (unsigned i = 0; i < 2000; ++i) north.queue("n" + std::to_string(i), some_bytes(400, i));
  south.clock = &world.clock;
  south.disk_time = 20ms;
  const MemoryLinkOptions fast{.bytes_per_second = 100'000'000, .latency = 1ms, .chunk = 65536};
  Exchange call(world, north, south, fast, Options{});
  ASSERT_TRUE(call.run());
  EXPECT_TRUE(north.waiting.empty());
  EXPECT_EQ(south.arrived.size(), 2000u);
  EXPECT_LT(*call.caller.ended - call.started, 600ms) << "alone each would take 20 ms: 40 s";
  EXPECT_GE(north.largest_batch_out, 512u);
}

TEST(Transfer, ADiskThatIsSlowHoldsUpTheOtherEndBeforeItFillsTheMemory) {
  VirtualWorld world;
  FakeMailroom north;
  FakeMailroom south;
  north.queue("n", some_bytes(20'000'000, 1));
  south.clock = &world.clock;
  south.disk_time = 1s;
  const MemoryLinkOptions fast{.bytes_per_second = 100'000'000, .latency = 1ms, .chunk = 65536};
  Exchange call(world, north, south, fast, Options{});
  call.start();
  for (int step = 0; step < 20; ++step) {
    world.clock.advance(130ms);
    EXPECT_LE(call.answerer_session->progress().bytes_received - south.content_bytes_taken, 5u << 20);
  }
  ASSERT_TRUE(call.finish());
  EXPECT_EQ(south.arrived.at("n").content.size(), 20'000'000u);
}

TEST(Turns, TheOneWithTheLeastLeftGoesFirstAndEveryFourthIsForTheOldest) {
  Turns turns;
  turns.add(1, 1000);
  turns.add(2, 10);
  turns.add(3, 500);
  EXPECT_EQ(turns.next(), 2u);
  EXPECT_EQ(turns.next(), 2u);
  EXPECT_EQ(turns.next(), 2u);
  EXPECT_EQ(turns.next(), 1u);
  turns.remove(2);
  EXPECT_EQ(turns.next(), 3u);
  turns.remove(3);
  turns.remove(1);
  EXPECT_TRUE(turns.empty());
}

}  // namespace
}  // namespace external::session::transfer_test
