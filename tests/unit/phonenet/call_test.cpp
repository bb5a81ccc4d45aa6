// Two modems and an exchange: how calls begin and end.

#include "network.h"

#include <gtest/gtest.h>

namespace external::phonenet::call_test {
namespace {

using namespace std::chrono_literals;
using test::Network;

constexpr const char* ring = "^M^JRING^M^J";
constexpr const char* ok = "^M^JOK^M^J";
constexpr const char* no_carrier = "^M^JNO CARRIER^M^J";
constexpr const char* connect_57600 = "^M^JCONNECT 57600^M^J";

TEST(Calls, RingFirstAfterTheSetUpAndThenEverySixSeconds) {
  Network net;
  net.north.say("ATDT5550002\r");
  net.time.advance(999ms);
  EXPECT_EQ(net.south.heard(), "");
  net.time.advance(1ms);
  EXPECT_EQ(net.south.heard(), ring);
  net.time.advance(5999ms);
  EXPECT_EQ(net.south.heard(), "");
  net.time.advance(1ms);
  EXPECT_EQ(net.south.heard(), ring);
}

TEST(Calls, ConnectAfterTheAnswerAtBothEnds) {
  Network net;
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  net.south.heard();
  net.south.say("ATA\r");
  net.time.advance(999ms);
  EXPECT_EQ(net.south.heard(), "");
  net.time.advance(1ms);
  EXPECT_EQ(net.south.heard(), connect_57600);
  EXPECT_EQ(net.north.heard(), connect_57600);
  EXPECT_EQ(net.north.line.state(), LineState::connected);
}

TEST(Calls, NumbersAreComparedByTheirDigits) {
  Network net;
  EXPECT_TRUE(net.connect());  // 5550002 for 555-0002
}

TEST(Calls, EachEndHearsTheRateItReceivesAt) {
  Network net;
  net.north.line.change({.rate = 33600, .latency = {}, .bit_error_rate = 0});
  net.south.say("ATS0=1\r");
  net.time.advance(1s);
  net.north.say("ATDT5550002\r");
  net.time.advance(10s);
  EXPECT_TRUE(net.north.has_heard("CONNECT 57600"));
  EXPECT_TRUE(net.south.has_heard("CONNECT 33600"));
}

TEST(Calls, UnknownNumberGivesNoCarrier) {
  Network net;
  net.north.say("ATDT999\r");
  net.time.advance(2s);
  EXPECT_EQ(net.north.heard(), no_carrier);
  EXPECT_EQ(net.north.line.state(), LineState::on_hook);
}

TEST(Calls, OffHookCalleeIsBusy) {
  Network net;
  net.south.say("ATH1\r");
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  EXPECT_EQ(net.north.heard(), "^M^JBUSY^M^J");
  net.south.say("ATH0\r");
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  EXPECT_TRUE(net.south.has_heard("RING"));
}

TEST(Calls, OneselfIsBusy) {
  Network net;
  net.north.say("ATDT5550001\r");
  net.time.advance(2s);
  EXPECT_EQ(net.north.heard(), "^M^JBUSY^M^J");
}

TEST(Calls, CalleeInACallIsBusyForAThird) {
  Network net;
  test::Desk east(net.time, net.exchange, "5550003", "east", {});
  ASSERT_TRUE(net.connect());
  east.say("ATE0DT5550002\r");
  net.time.advance(2s);
  EXPECT_TRUE(east.has_heard("BUSY"));
  EXPECT_EQ(net.south.heard(), "");
}

TEST(Calls, ALineThatDialsIsBusyForOthers) {
  Network net;
  net.south.say("ATDT999,,,,\r");
  net.time.advance(1s);
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  EXPECT_EQ(net.north.heard(), "^M^JBUSY^M^J");
}

TEST(Calls, ForcedBusyTogglesBack) {
  Network net;
  net.south.line.set_forced_busy(true);
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  EXPECT_EQ(net.north.heard(), "^M^JBUSY^M^J");
  net.south.line.set_forced_busy(false);
  EXPECT_TRUE(net.connect());
}

TEST(Calls, NobodyAnswersUntilTheExchangeGivesUp) {
  Network net;
  net.north.say("ATDT5550002\r");
  net.time.advance(48'999ms);
  EXPECT_EQ(net.north.heard(), "");
  EXPECT_EQ(net.south.line.statistics().rings, 8U);
  net.time.advance(1ms);
  EXPECT_EQ(net.north.heard(), "^M^JNO ANSWER^M^J");
  net.time.advance(1min);
  EXPECT_EQ(net.south.line.statistics().rings, 8U);
  EXPECT_EQ(net.south.line.state(), LineState::on_hook);
}

TEST(Calls, NobodyAnswersUntilTheCallerGivesUp) {
  Network net;
  net.north.say("ATS7=10DT5550002\r");
  net.time.advance(10s);
  EXPECT_EQ(net.north.heard(), "^M^JNO ANSWER^M^J");
  net.time.advance(1min);
  EXPECT_EQ(net.south.line.statistics().rings, 2U);
}

TEST(Calls, AbandoningStopsTheRings) {
  Network net;
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  net.north.say("x");
  net.time.advance(1min);
  EXPECT_EQ(net.north.heard(), no_carrier);
  EXPECT_EQ(net.south.heard(), ring);
  EXPECT_TRUE(net.connect());
}

TEST(Calls, AnsweringAnAbandonedCallEndsWithoutCarrier) {
  Network net;
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  net.north.say("x");
  net.south.heard();
  net.south.say("ATS7=5A\r");
  net.time.advance(5s);
  EXPECT_EQ(net.south.heard(), no_carrier);
  EXPECT_TRUE(net.connect());
}

TEST(Calls, GivingUpDuringTheHandshakeEndsItForBoth) {
  Network net;
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  net.south.say("ATA\r");
  net.south.heard();
  net.time.advance(500ms);
  net.north.say("x");
  net.time.advance(5s);
  EXPECT_EQ(net.north.heard(), no_carrier);
  EXPECT_EQ(net.south.heard(), no_carrier);
}

TEST(Calls, CutLineHasNoDialToneAndDoesNotRing) {
  Network net;
  net.north.line.set_cut(true);
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  EXPECT_EQ(net.north.heard(), "^M^JNO DIALTONE^M^J");
  net.south.say("ATDT5550001\r");
  net.time.advance(1min);
  EXPECT_EQ(net.north.heard(), "");
  EXPECT_EQ(net.south.heard(), "^M^JNO ANSWER^M^J");
  net.north.line.set_cut(false);
  EXPECT_TRUE(net.connect());
}

TEST(Calls, PhantomRingsStopAndAnsweringThemGivesNoCarrier) {
  Network net;
  ASSERT_TRUE(net.south.line.phantom_ring());
  net.time.advance(1min);
  EXPECT_EQ(net.south.heard(), std::string(ring) + ring + ring);
  EXPECT_EQ(net.south.line.state(), LineState::on_hook);
  net.south.say("ATS0=1S7=5\r");
  net.time.advance(1s);
  net.south.heard();
  net.south.line.phantom_ring();
  net.time.advance(10s);
  EXPECT_EQ(net.south.heard(), std::string(ring) + no_carrier);
  EXPECT_TRUE(net.connect());
}

TEST(Calls, PhantomRingsAreAsManyAndAsFarApartAsAsked) {
  Network net;
  ASSERT_TRUE(net.south.line.phantom_ring(2, 4s));
  EXPECT_EQ(net.south.heard(), ring);
  net.time.advance(3999ms);
  EXPECT_EQ(net.south.heard(), "");
  net.time.advance(1ms);
  EXPECT_EQ(net.south.heard(), ring);
  net.time.advance(4s);
  EXPECT_EQ(net.south.line.state(), LineState::on_hook);
  EXPECT_EQ(net.south.heard(), "");
}

TEST(Calls, RingAsTheLineCalledIsSetTo) {
  Network net;
  net.south.line.set_ring_train(RingTrain{2, 3s});
  net.north.say("ATDT5550002\r");
  net.time.advance(1030ms);
  EXPECT_EQ(net.south.heard(), ring);
  net.time.advance(3s);
  EXPECT_EQ(net.south.heard(), ring);
  net.time.advance(3s);
  EXPECT_EQ(net.north.heard(), "^M^JNO ANSWER^M^J");
}

TEST(Calls, AnEscapeAndAthHangUpBothEnds) {
  Network net;
  ASSERT_TRUE(net.connect());
  net.time.advance(1s);
  net.north.say("+++");
  net.time.advance(2s);
  EXPECT_EQ(net.north.heard(), ok);
  net.south.heard();
  net.north.say("ATH\r");
  net.time.advance(1s);
  EXPECT_EQ(net.north.heard(), ok);
  EXPECT_EQ(net.south.heard(), no_carrier);
  EXPECT_EQ(net.south.line.state(), LineState::on_hook);
  EXPECT_TRUE(net.connect());
}

TEST(Calls, DtrHangsUp) {
  Network net;
  ASSERT_TRUE(net.connect());
  net.south.modem.set_dtr(false);
  net.time.advance(1s);
  EXPECT_EQ(net.north.heard(), no_carrier);
  EXPECT_EQ(net.south.modem.state(), ModemState::command);
}

TEST(Calls, PowerLossHangsUpTheOtherEnd) {
  Network net;
  ASSERT_TRUE(net.connect());
  net.south.modem.power_off();
  net.time.advance(1s);
  EXPECT_EQ(net.north.heard(), no_carrier);
  EXPECT_EQ(net.south.heard(), "");
}

TEST(Calls, RingsOfAModemWithoutPowerGoOnUnheard) {
  Network net;
  net.south.say("ATS0=1&W\r");
  net.time.advance(1s);
  net.south.modem.power_off();
  net.north.say("ATDT5550002\r");
  net.time.advance(3s);
  EXPECT_EQ(net.south.heard(), ok);
  net.south.modem.power_on();
  net.time.advance(10s);
  EXPECT_TRUE(net.north.has_heard("CONNECT"));
}

TEST(Calls, AreLogged) {
  Network net;
  ASSERT_TRUE(net.connect());
  net.north.say("hello");
  net.time.advance(1s);
  net.south.modem.set_dtr(false);
  net.time.advance(1s);
  EXPECT_EQ(
      net.log,
      "north: dials 5550002\n"
      "south: rings\n"
      "south: answers north\n"
      "north: connected to south at 57600\n"
      "south: hangs up after 1.000 s with north, 1.000 s after the first byte; sent 0, received 5 bytes\n"
      "north: loses the carrier after 1.000 s with south, 1.000 s after the first byte; sent 5, received 0 "
      "bytes\n");
}

TEST(Calls, AreCounted) {
  Network net;
  ASSERT_TRUE(net.connect());
  net.time.advance(10s);
  net.south.modem.set_dtr(false);
  net.south.modem.set_dtr(true);
  net.time.advance(1s);
  ASSERT_TRUE(net.connect());
  net.time.advance(5s);
  EXPECT_EQ(net.north.line.statistics().calls, 2U);
  EXPECT_EQ(net.north.line.statistics().connected, 15s);
  EXPECT_EQ(net.south.line.statistics().rings, 2U);
}

}  // namespace
}  // namespace external::phonenet::call_test
