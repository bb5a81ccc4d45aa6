#include "../../../src/link/frame_size.h"
#include "../../../src/link/receive_window.h"
#include "../../../src/link/send_window.h"
#include "../../../src/link/turns.h"

#include <gtest/gtest.h>

namespace external::link::windows_test {
namespace {

using namespace std::chrono_literals;

Content content(std::size_t size, bool ends = true) {
  return {0, ends, false, Bytes(size, 1)};
}

const TimePoint start{};

TEST(SendWindow, ForgetsWhatIsAcknowledgedAndFindsWhatIsLost) {
  SendWindow window;
  for (int i = 0; i < 4; ++i) window.add(content(100), start);
  const auto result = window.acknowledge({100, {{100, 200}}}, start + 1s);
  EXPECT_TRUE(result.valid);
  EXPECT_EQ(result.acked, 3u);
  EXPECT_EQ(result.lost, 1u);
  const auto again = window.repeat_lost(1000, start + 1s);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->place, 100u);
  EXPECT_FALSE(window.repeat_lost(1000, start + 1s));
}

TEST(SendWindow, RepeatsInSmallerPartsAndOnlyTheLastEndsTheChunk) {
  SendWindow window;
  window.add(content(250), start);
  window.expect_oldest_lost();
  std::vector<Content> parts;
  while (auto part = window.repeat_lost(100, start)) parts.push_back(*part);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[2].place, 200u);
  EXPECT_EQ(parts[2].bytes.size(), 50u);
  EXPECT_FALSE(parts[0].ends || parts[1].ends);
  EXPECT_TRUE(parts[2].ends);
}

TEST(SendWindow, SeesARepeatThatIsLostAgain) {
  SendWindow window;
  for (int i = 0; i < 3; ++i) window.add(content(100), start);
  window.acknowledge({0, {{100, 100}}}, start);  // the first is lost
  window.repeat_lost(100, start);
  window.add(content(100), start);
  EXPECT_EQ(window.acknowledge({0, {{100, 200}}}, start).lost, 0u);
  EXPECT_EQ(window.acknowledge({0, {{100, 300}}}, start).lost, 1u);
}

TEST(SendWindow, ARepeatOfWhatWasSeenLostProvesThatEarlierRepeatsAreLost) {
  SendWindow window;
  for (int i = 0; i < 3; ++i) window.add(content(100), start);
  EXPECT_EQ(window.acknowledge({0, {{200, 100}}}, start).lost, 2u);
  window.repeat_lost(100, start);
  window.repeat_lost(100, start);
  EXPECT_EQ(window.acknowledge({0, {{100, 200}}}, start).lost, 1u);
}

TEST(SendWindow, ARepeatThatTheTimerGuessedProvesNothing) {
  SendWindow window;
  window.add(content(100), start);
  window.add(content(100), start);
  window.expect_oldest_lost();
  window.repeat_lost(100, start);
  // It may be the first sending that has arrived, before the second frame.
  EXPECT_EQ(window.acknowledge({100, {}}, start).lost, 0u);
}

TEST(SendWindow, RefusesAnAcknowledgementOfWhatWasNeverSent) {
  SendWindow window;
  window.add(content(100), start);
  EXPECT_FALSE(window.acknowledge({101, {}}, start).valid);
  EXPECT_FALSE(window.acknowledge({0, {{50, 100}}}, start).valid);
}

TEST(ReceiveWindow, PutsContentInOrderAndSaysWhatIsMissing) {
  ReceiveWindow window;
  EXPECT_EQ(window.add({100, true, false, Bytes(50, 2)}), ReceiveWindow::Arrival::gap);
  EXPECT_EQ(window.add({150, true, false, Bytes(50, 3)}), ReceiveWindow::Arrival::ahead);
  const auto ack = window.acknowledgement();
  EXPECT_EQ(ack.next, 0u);
  ASSERT_EQ(ack.ranges.size(), 1u);
  EXPECT_EQ(ack.ranges[0].missing, 100u);
  EXPECT_EQ(ack.ranges[0].present, 100u);
  EXPECT_EQ(window.add({0, false, false, Bytes(100, 1)}), ReceiveWindow::Arrival::in_order);
  EXPECT_EQ(window.ready().size(), 3u);
  EXPECT_EQ(window.add({0, false, false, Bytes(100, 1)}), ReceiveWindow::Arrival::duplicate);
}

TEST(FrameSize, SettlesWhereHeadsAndRepeatsCostTheSame) {
  // Each byte has the same chance to be hit: a frame of N bytes is lost N times in 100,000.
  FrameSize size(4000, 12);
  double sum = 0;
  double debt = 0;
  for (int frame = 0; frame < 20000; ++frame) {
    debt += static_cast<double>(size.bytes()) / 100000;
    if (debt >= 1) {
      debt -= 1;
      size.lost(1);
    } else {
      size.arrived(1);
    }
    if (frame >= 10000) sum += static_cast<double>(size.bytes());
  }
  const double best = std::sqrt(12 * 100000.0);
  EXPECT_GT(sum / 10000, best * 0.7);
  EXPECT_LT(sum / 10000, best * 1.5);
}

TEST(FrameSize, ComesBackSoonWhenTheNoiseEnds) {
  FrameSize size(2800, 15);
  size.lost(100);
  EXPECT_LT(size.bytes(), 30u);
  const auto sent_until = [&size](std::size_t bytes) {
    std::size_t sent = 0;
    for (; size.bytes() < bytes; size.arrived(1)) sent += size.bytes();
    return sent;
  };
  EXPECT_LT(sent_until(700), 57600u) << "ten seconds at 57,600 bps";
  EXPECT_LT(sent_until(2800), 3 * 57600u) << "step by step it would be 780,000";
}

TEST(Turns, PassWhenNothingHasGoneForAMomentAndComeBackWithOver) {
  Turns answerer(true, true, start);
  Turns caller(true, false, start);
  EXPECT_TRUE(answerer.mine());
  EXPECT_FALSE(caller.mine());
  answerer.sending(start + 1s);
  EXPECT_FALSE(answerer.pass(start + 2s, true, false)) << "there is more";
  EXPECT_FALSE(answerer.pass(start + 1s, false, false)) << "more may come at once";
  EXPECT_TRUE(answerer.pass(answerer.next_timer(false), false, false));
  EXPECT_FALSE(answerer.mine());
  caller.received(true, start);
  EXPECT_TRUE(caller.mine());
}

TEST(Turns, AreKeptLongerByWhoHasNothingToSayAndNotForEverByWhoHas) {
  Turns silent(true, true, start);
  Turns answering(true, true, start);
  EXPECT_GT(silent.next_timer(false), answering.next_timer(true));
  Turns talker(true, true, start);
  talker.sending(start + 30s);
  EXPECT_TRUE(talker.pass(start + 30s, true, false));
}

TEST(Turns, ALostTurnIsTakenBackByOneEndFirst) {
  Turns answerer(true, true, start);
  Turns caller(true, false, start);
  ASSERT_TRUE(answerer.pass(start + 2s, false, false));  // and the frame is lost
  caller.heard(start + 2s);
  EXPECT_LT(answerer.next_timer(false), caller.next_timer(false));
  EXPECT_FALSE(answerer.reclaim(start + 3s));
  EXPECT_TRUE(answerer.reclaim(answerer.next_timer(false)));
}

TEST(Turns, WhoLearnsOfThemWhileSigningOnKnowsWhoseTurnItIs) {
  Turns caller(false, false, start);
  EXPECT_TRUE(caller.mine());
  caller.take_turns(true);
  EXPECT_TRUE(caller.mine());
  Turns answerer(false, true, start);
  answerer.received(true, start);  // its last frame said over, before this end knew of turns
  answerer.take_turns(false);
  EXPECT_TRUE(answerer.mine());
}

TEST(Turns, WhoKnewOfThemTakesTheTurnThatTheOtherEndDidNotKnowToGive) {
  Turns caller(true, false, start);
  caller.received(false, start);  // the banner, of an end that learns of turns from the reply
  EXPECT_FALSE(caller.mine());
  caller.take_turns(true);
  EXPECT_TRUE(caller.mine());
  Turns answerer(true, true, start);
  ASSERT_TRUE(answerer.pass(start + 2s, false, false));
  answerer.take_turns(false);
  EXPECT_FALSE(answerer.mine());
}

}  // namespace
}  // namespace external::link::windows_test
