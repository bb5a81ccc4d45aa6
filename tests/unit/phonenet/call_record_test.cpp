// What is told about one call: its two moments that make an efficiency, and its bytes.

#include "network.h"

#include <gtest/gtest.h>

namespace external::phonenet::call_record_test {
namespace {

using namespace std::chrono_literals;
using test::Network;

constexpr LineSettings slow{.rate = 9600, .latency = 250ms, .bit_error_rate = 0};
constexpr Duration byte_time = std::chrono::nanoseconds(1'041'666);  // 10 bits at 9600

std::optional<Duration> since_connect(const CallRecord& call, std::optional<TimePoint> moment) {
  if (!moment) return std::nullopt;
  return *moment - call.connected;
}

TEST(CallRecords, ThereIsNoneBeforeACallConnects) {
  Network net;
  EXPECT_FALSE(net.north.line.last_call());
  net.north.say("ATDT5550002\r");
  net.time.advance(2s);
  EXPECT_FALSE(net.north.line.last_call());
  net.north.say("x");  // gives up
  net.time.advance(1s);
  EXPECT_FALSE(net.north.line.last_call());
}

TEST(CallRecords, TimeRunsFromTheFirstByteOfEitherEndToTheFirstThatHangsUp) {
  Network net(slow);
  ASSERT_TRUE(net.connect());
  const TimePoint connected = net.north.line.last_call()->connected;
  net.time.advance(connected + 2s - net.time.now());
  net.south.say("banner");
  net.time.advance(1s);
  net.north.say("answer");
  net.time.advance(3s);
  net.north.modem.set_dtr(false);
  net.time.advance(1s);

  for (const auto* desk : {&net.north, &net.south}) {
    const auto call = desk->line.last_call();
    ASSERT_TRUE(call);
    EXPECT_EQ(since_connect(*call, call->first_byte), 2s) << desk->line.name();
    EXPECT_EQ(since_connect(*call, call->ended), 6s) << desk->line.name();
    EXPECT_EQ(since_connect(*call, call->last_byte), 3s + 6 * byte_time + 4ns) << desk->line.name();
    EXPECT_EQ(call->sent, 6U);
    EXPECT_EQ(call->received, 6U);
  }
  EXPECT_EQ(*net.north.line.last_call()->first_sent - connected, 3s);
  EXPECT_EQ(net.north.line.last_call()->with, "south");
}

TEST(CallRecords, GoOnWhileTheCallDoes) {
  Network net(slow);
  ASSERT_TRUE(net.connect());
  const auto quiet = net.north.line.last_call();
  ASSERT_TRUE(quiet);
  EXPECT_FALSE(quiet->first_byte);
  EXPECT_FALSE(quiet->last_byte);
  EXPECT_FALSE(quiet->ended);
  net.north.say(std::string(96, 'x'));
  net.time.advance(50ms);
  const auto busy = net.north.line.last_call();
  EXPECT_EQ(busy->sent, 48U);
  EXPECT_EQ(busy->last_byte, net.time.now());
  EXPECT_FALSE(net.south.line.last_call()->first_sent);
}

TEST(CallRecords, BytesThatDidNotGetOnTheLineDoNotCount) {
  Network net(slow);
  ASSERT_TRUE(net.connect());
  net.north.say(std::string(960, 'x'));
  net.time.advance(500ms);
  net.north.line.drop();
  const auto call = net.north.line.last_call();
  ASSERT_TRUE(call);
  EXPECT_EQ(call->sent, 480U);
  EXPECT_EQ(call->last_byte, call->ended);
  EXPECT_EQ(call->ended, net.time.now());
  // Half was in flight, and what had come since the last burst of 5 ms.
  EXPECT_NEAR(static_cast<double>(net.south.line.last_call()->received), 240, 5);
}

TEST(CallRecords, ANewCallCountsFromNothing) {
  Network net(slow);
  ASSERT_TRUE(net.connect());
  net.north.say("first");
  net.time.advance(1s);
  net.north.modem.set_dtr(false);
  net.time.advance(2s);
  net.north.modem.set_dtr(true);
  ASSERT_TRUE(net.connect());
  EXPECT_EQ(net.north.line.last_call()->sent, 0U);
  EXPECT_FALSE(net.north.line.last_call()->first_byte);
}

}  // namespace
}  // namespace external::phonenet::call_record_test
