// Two modems in a call: bytes, pacing, errors, and what is lost when it ends.

#include "network.h"

#include <gtest/gtest.h>

namespace external::phonenet::traffic_test {
namespace {

using namespace std::chrono_literals;
using test::Desk;
using test::Network;

// A computer that writes whenever its modem has room, as a port held back by flow control does.
class Flood {
 public:
  explicit Flood(Desk& desk) : desk_(desk) {
    desk.on_room = [this] { fill(); };
  }
  ~Flood() { desk_.on_room = {}; }
  void fill() {
    while (desk_.modem.room() > 0) desk_.say(std::string(desk_.modem.room(), 'U'));
  }

 private:
  Desk& desk_;
};

class PacedAt : public testing::TestWithParam<unsigned> {};

TEST_P(PacedAt, BothDirectionsAtOnceAreExact) {
  const unsigned rate = GetParam();
  Network net({.rate = rate, .latency = 100ms, .bit_error_rate = 0});
  ASSERT_TRUE(net.connect());
  Flood north(net.north);
  Flood south(net.south);
  north.fill();
  south.fill();
  net.time.advance(100ms);  // the first byte is on its way
  net.forget();
  net.time.advance(100s);
  for (Desk* desk : {&net.north, &net.south}) {
    std::size_t total = 0;
    std::size_t largest = 0;
    for (const auto& [when, size] : desk->arrivals) {
      total += size;
      largest = std::max(largest, size);
    }
    // Within one burst of 5 ms in 100 s.
    EXPECT_NEAR(static_cast<double>(total), rate / 10.0 * 100, rate / 10.0 * 0.005 + 1);
    EXPECT_LE(static_cast<double>(largest), rate / 10.0 * 0.005 + 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, PacedAt, testing::Values(300U, 9600U, 57600U, 1000000U));

TEST(Traffic, ArrivesALatencyLater) {
  Network net({.rate = 9600, .latency = 250ms, .bit_error_rate = 0});
  ASSERT_TRUE(net.connect());
  const TimePoint sent = net.time.now();
  net.north.say("x");
  net.time.advance(1s);
  ASSERT_EQ(net.south.arrivals.size(), 1U);
  EXPECT_EQ(net.south.arrivals[0].first, sent + 250ms + std::chrono::nanoseconds(1'041'666));
}

TEST(Traffic, TheModemHoldsOnlyItsBuffer) {
  Network net;
  ASSERT_TRUE(net.connect());
  Flood north(net.north);
  EXPECT_EQ(net.north.modem.room(), 1024U);
  north.fill();
  EXPECT_EQ(net.north.modem.room(), 0U);
  net.time.advance(10s);
  EXPECT_EQ(net.north.line.statistics().highest_queue, 1024U);
  EXPECT_EQ(net.north.line.statistics().dropped, 0U);
}

TEST(Traffic, BitErrorsComeAtTheirRateAndAreCounted) {
  Network net({.rate = 57600, .latency = {}, .bit_error_rate = 1e-3});
  ASSERT_TRUE(net.connect());
  Flood north(net.north);
  north.fill();
  net.time.advance(100s);
  const std::string& got = net.south.text_;
  unsigned wrong = 0;
  for (const char byte : got)
    wrong += static_cast<unsigned>(std::popcount(static_cast<unsigned>((byte ^ 'U') & 0xFF)));
  EXPECT_NEAR(wrong, static_cast<double>(got.size()) * 8 * 1e-3, 300);
  EXPECT_EQ(net.north.line.statistics().bit_errors, wrong);
  EXPECT_EQ(net.south.line.statistics().bit_errors, 0U);
}

TEST(Traffic, BitErrorsAreRepeatable) {
  const auto received = [](std::uint64_t seed) {
    Network net({.rate = 57600, .latency = {}, .bit_error_rate = 1e-2}, {}, seed);
    EXPECT_TRUE(net.connect());
    net.north.say(std::string(500, 'U'));
    net.time.advance(1s);
    return net.south.heard();
  };
  EXPECT_EQ(received(3), received(3));
  EXPECT_NE(received(3), received(4));
}

TEST(Traffic, SettingsChangeDuringACall) {
  Network net;
  ASSERT_TRUE(net.connect());
  net.north.line.change({.rate = 1200, .latency = 2s, .bit_error_rate = 0});
  const TimePoint sent = net.time.now();
  net.north.say("x");
  net.time.advance(5s);
  ASSERT_EQ(net.south.arrivals.size(), 1U);
  EXPECT_EQ(net.south.arrivals[0].first, sent + 2s + std::chrono::nanoseconds(8'333'333));
}

TEST(Traffic, WhatWasInFlightArrivesBeforeNoCarrierAndTheQueueIsLost) {
  Network net({.rate = 9600, .latency = 500ms, .bit_error_rate = 0});
  ASSERT_TRUE(net.connect());
  net.north.say(std::string(960, 'x'));
  net.time.advance(100ms);
  net.north.modem.set_dtr(false);
  net.time.advance(2s);
  EXPECT_EQ(net.south.heard(), std::string(96, 'x') + "^M^JNO CARRIER^M^J");
  EXPECT_EQ(net.north.line.statistics().sent, 96U);
  EXPECT_EQ(net.north.line.statistics().dropped, 864U);
  EXPECT_EQ(net.south.line.statistics().received, 96U);
}

TEST(Traffic, WhatTheOtherEndSendsToOneWhoHungUpIsLost) {
  Network net({.rate = 9600, .latency = 500ms, .bit_error_rate = 0});
  ASSERT_TRUE(net.connect());
  net.south.say(std::string(960, 'x'));
  net.time.advance(100ms);
  net.north.modem.set_dtr(false);
  net.north.heard();
  net.time.advance(2s);
  EXPECT_EQ(net.north.heard(), "");
  EXPECT_EQ(net.south.line.statistics().sent, 96U);
  EXPECT_EQ(net.south.line.statistics().dropped, 960U);
}

TEST(Traffic, TheOtherEndLearnsOfAHangUpALatencyLater) {
  Network net({.rate = 9600, .latency = 500ms, .bit_error_rate = 0});
  ASSERT_TRUE(net.connect());
  net.north.modem.set_dtr(false);
  net.time.advance(499ms);
  EXPECT_EQ(net.south.heard(), "");
  net.time.advance(1ms);
  EXPECT_EQ(net.south.heard(), "^M^JNO CARRIER^M^J");
}

TEST(Traffic, ADropTakesWhatWasInFlight) {
  Network net({.rate = 9600, .latency = 500ms, .bit_error_rate = 0});
  ASSERT_TRUE(net.connect());
  net.north.say(std::string(960, 'x'));
  net.time.advance(100ms);
  EXPECT_TRUE(net.south.line.drop());
  net.time.advance(2s);
  EXPECT_EQ(net.south.heard(), "^M^JNO CARRIER^M^J");
  EXPECT_EQ(net.north.line.statistics().sent, 96U);
  EXPECT_EQ(net.north.line.statistics().dropped, 960U);
  EXPECT_FALSE(net.south.line.drop());
  EXPECT_TRUE(net.connect());
}

TEST(Traffic, IsKeptInOnlineCommandStateUpToTheBuffer) {
  Network net;
  ASSERT_TRUE(net.connect());
  net.time.advance(1s);
  net.south.say("+++");
  net.time.advance(2s);
  net.south.heard();
  net.north.say(std::string(5000, 'x'));
  net.time.advance(2s);
  EXPECT_EQ(net.south.heard(), "");
  net.south.say("ATO\r");
  net.time.advance(1s);
  EXPECT_EQ(net.south.heard(), "^M^JCONNECT 57600^M^J" + std::string(4096, 'x'));
  EXPECT_EQ(net.south.modem.dropped(), 904U);
}

}  // namespace
}  // namespace external::phonenet::traffic_test
