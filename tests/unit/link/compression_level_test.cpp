#include "../../../src/link/compression_level.h"

#include <gtest/gtest.h>

namespace external::link::compression_level_test {
namespace {

using namespace std::chrono_literals;
using Waited = LevelControl::Waited;

/// A line and a compressor that take so long for a chunk at a level; plays chunks and counts time.
struct Simulation {
  std::function<Duration(CompressionLevel)> compressing;
  Duration sending;
  LevelControl control{};
  TimePoint now{};
  int changes = 0;

  void play(Duration length) {
    for (const auto end = now + length; now < end;) {
      const auto before = control.level();
      const auto work = compressing(before);
      now += std::max(work, sending);
      if (control.chunk(work > sending ? Waited::line : Waited::us, now) != before) ++changes;
    }
  }
};

Duration doubling(CompressionLevel level) {
  return 100us * (1 << static_cast<int>(level));
}

TEST(CompressionLevel, FollowsTheSpeedOfTheLine) {
  EXPECT_EQ(level_for(300), CompressionLevel::best);
  EXPECT_EQ(level_for(115'200), CompressionLevel::best);
  auto last = CompressionLevel::best;
  for (unsigned speed = 300; speed < 2'000'000'000; speed *= 2) {
    EXPECT_LE(level_for(speed), last);
    last = level_for(speed);
  }
  EXPECT_EQ(last, CompressionLevel::low);
}

TEST(LevelControl, RisesToTheHighestOnASlowLine) {
  Simulation slow{doubling, 50ms};
  slow.play(5s);
  EXPECT_EQ(slow.control.level(), CompressionLevel::higher);
  EXPECT_EQ(slow.changes, 3);
}

TEST(LevelControl, SwitchesOffOnALineFasterThanAnyLevel) {
  Simulation fast{doubling, 10us};
  fast.play(100ms);
  EXPECT_EQ(fast.control.level(), CompressionLevel::off);
}

TEST(LevelControl, SettlesOnTheHighestLevelThatKeepsUp) {
  Simulation line{doubling, 1ms};
  line.play(1s);
  EXPECT_EQ(line.control.level(), CompressionLevel::middle);
  line.changes = 0;
  line.play(10min);
  EXPECT_EQ(line.control.level(), CompressionLevel::middle);
  EXPECT_LE(line.changes, 24) << "tries the higher one again and again";
}

TEST(LevelControl, ComesBackWhenTheLineBecomesSlow) {
  Simulation line{doubling, 10us};
  line.play(1s);
  line.sending = 50ms;
  line.play(5s);
  EXPECT_EQ(line.control.level(), CompressionLevel::higher);
}

TEST(LevelControl, OneHiccupChangesNothing) {
  LevelControl control;
  TimePoint now{};
  for (int i = 0; i < 100; ++i) control.chunk(i % 8 == 0 ? Waited::line : Waited::us, now += 10ms);
  EXPECT_EQ(control.level(), LevelControl().level());
}

}  // namespace
}  // namespace external::link::compression_level_test
