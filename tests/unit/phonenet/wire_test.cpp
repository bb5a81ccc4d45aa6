#include "wire.h"

#include "escape.h"
#include "noise.h"

#include <gtest/gtest.h>

#include <bit>
#include <numeric>

namespace external::phonenet::wire_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

Bytes counted(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

class WireAtRate : public testing::TestWithParam<unsigned> {};

TEST_P(WireAtRate, EachByteArrivesExactlyTenBitsAfterTheOneBefore) {
  const unsigned rate = GetParam();
  Wire wire;
  wire.set_rate(rate);
  wire.set_latency(50ms);
  // An hour of traffic, handed over in pieces while the line is busy: nothing may drift.
  const std::uint64_t total = std::uint64_t{rate} / 10 * 3600;
  const Bytes piece = counted(rate / 10);
  for (unsigned second = 0; second < 3600; ++second) {
    wire.send(start + std::chrono::seconds(second), piece);
    wire.take(start + std::chrono::seconds(second));
  }
  const TimePoint last = start + std::chrono::nanoseconds(total * 10 / rate * 1'000'000'000ULL) + 50ms;
  wire.take(last - 1us);
  EXPECT_EQ(wire.pending(), 1U);
  EXPECT_LE(wire.next_arrival(), last);
  EXPECT_EQ(wire.take(last).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Rates, WireAtRate, testing::Values(300U, 9600U, 57600U, 1000000U));

TEST(Wire, KeepsOrderAndContent) {
  Wire wire;
  wire.set_rate(10'000);  // 1 ms a byte
  const Bytes sent = counted(200);
  wire.send(start, ByteView(sent).first(120));
  wire.send(start + 10ms, ByteView(sent).subspan(120));
  Bytes got;
  for (TimePoint now = start; wire.pending() > 0; now = wire.next_arrival()) {
    const Bytes some = wire.take(now);
    got.insert(got.end(), some.begin(), some.end());
  }
  EXPECT_EQ(got, sent);
}

TEST(Wire, ByteArrivesAfterItsTimeAndTheLatency) {
  Wire wire;
  wire.set_rate(10'000);
  wire.set_latency(300ms);
  wire.send(start, counted(2));
  EXPECT_EQ(wire.next_arrival(), start + 301ms);
  EXPECT_TRUE(wire.take(start + 300ms).empty());
  EXPECT_EQ(wire.take(start + 301ms).size(), 1U);
  EXPECT_EQ(wire.take(start + 302ms).size(), 1U);
  EXPECT_EQ(wire.next_arrival(), never);
}

TEST(Wire, AfterAPauseStartsWithTheByteNotBefore) {
  Wire wire;
  wire.set_rate(10'000);
  wire.send(start, counted(1));
  wire.take(start + 1ms);
  wire.send(start + 10ms, counted(1));
  EXPECT_EQ(wire.next_arrival(), start + 11ms);
}

TEST(Wire, TellsWhatIsNotOnTheLineYet) {
  Wire wire;
  wire.set_rate(10'000);
  wire.set_latency(1s);
  wire.send(start, counted(100));
  EXPECT_EQ(wire.unsent(start), 100U);
  EXPECT_EQ(wire.unsent(start + 30ms), 70U);
  EXPECT_EQ(wire.unsent_falls_to(50), start + 50ms);
  EXPECT_EQ(wire.unsent(wire.unsent_falls_to(50)), 50U);
  EXPECT_EQ(wire.pending(), 100U);
}

TEST(Wire, ANewRateIsForWhatIsSentFromThenOn) {
  Wire wire;
  wire.set_rate(10'000);
  wire.send(start, counted(10));
  wire.set_rate(1'000);
  wire.send(start, counted(1));
  EXPECT_EQ(wire.take(start + 10ms).size(), 10U);
  EXPECT_EQ(wire.next_arrival(), start + 20ms);
  EXPECT_EQ(wire.unsent_falls_to(0), start + 20ms);
}

TEST(Wire, CutLosesWhatIsQueuedAndNotWhatIsInFlight) {
  Wire wire;
  wire.set_rate(10'000);
  wire.set_latency(1s);
  wire.send(start, counted(100));
  EXPECT_EQ(wire.cut(start + 30ms), 70U);
  EXPECT_EQ(wire.take(start + 2s), counted(30));
  EXPECT_EQ(wire.unsent(start + 40ms), 0U);
}

TEST(Noise, HitsTheShareOfBitsItIsToldTo) {
  Noise noise(1);
  noise.set_rate(1e-3);
  Bytes bytes(1'000'000, 0);
  const unsigned made = noise.apply(bytes);
  unsigned found = 0;
  for (const auto byte : bytes) found += static_cast<unsigned>(std::popcount(byte));
  EXPECT_EQ(found, made);
  EXPECT_NEAR(made, 8000, 400);
}

TEST(Noise, IsTheSameForTheSameSeedHoweverTheBytesArePacked) {
  const auto disturbed = [](std::uint64_t seed, std::size_t piece) {
    Noise noise(seed);
    noise.set_rate(1e-2);
    Bytes bytes(3000, 0x55);
    for (std::size_t at = 0; at < bytes.size(); at += piece) noise.apply(std::span(bytes).subspan(at, piece));
    return bytes;
  };
  EXPECT_EQ(disturbed(7, 3000), disturbed(7, 10));
  EXPECT_NE(disturbed(7, 3000), disturbed(8, 3000));
}

TEST(Noise, NoneAndAll) {
  Noise noise(1);
  Bytes bytes{0x0F};
  EXPECT_EQ(noise.apply(bytes), 0U);
  noise.set_rate(1);
  EXPECT_EQ(noise.apply(bytes), 8U);
  EXPECT_EQ(bytes, Bytes{0xF0});
}

struct Typed {
  Duration after;
  std::string_view text;
};
struct EscapeCase {
  const char* name;
  std::vector<Typed> typed;
  bool escapes;
};
void PrintTo(const EscapeCase& value, std::ostream* out) {
  *out << value.name;
}

class Escape : public testing::TestWithParam<EscapeCase> {};

TEST_P(Escape, StandsOnlyBetweenSilences) {
  EscapeDetector detector;
  TimePoint now = start;
  detector.reset(now);
  bool stands = false;
  for (const auto& piece : GetParam().typed) {
    now += piece.after;
    stands = detector.feed(now, as_bytes(piece.text), '+', 1s);
  }
  EXPECT_EQ(stands, GetParam().escapes);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Escape,
    testing::Values(EscapeCase{"AtOnce", {{1s, "+++"}}, true},
                    EscapeCase{"OneByOne", {{1s, "+"}, {300ms, "+"}, {300ms, "+"}}, true},
                    EscapeCase{"TooSoonAfterConnect", {{999ms, "+++"}}, false},
                    EscapeCase{"TooSoonAfterData", {{5s, "data"}, {500ms, "+++"}}, false},
                    EscapeCase{"AfterDataAndSilence", {{5s, "data"}, {1s, "+++"}}, true},
                    EscapeCase{"Four", {{1s, "++++"}}, false},
                    EscapeCase{"FourthLater", {{1s, "+++"}, {500ms, "+"}}, false},
                    EscapeCase{"DataRightAfter", {{1s, "+++"}, {500ms, "x"}}, false},
                    EscapeCase{"InsideData", {{1s, "a+++"}}, false},
                    EscapeCase{"TooSlow", {{1s, "+"}, {1s, "+"}, {1s, "+"}}, false},
                    EscapeCase{"SecondTry", {{1s, "+x"}, {2s, "+++"}}, true}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace external::phonenet::wire_test
