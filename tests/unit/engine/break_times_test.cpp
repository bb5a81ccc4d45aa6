#include "../../../src/engine/break_times.h"

#include "test_zone.h"

#include <external/config/load.h>

#include <gtest/gtest.h>

namespace external::engine::break_times_test {
namespace {

using namespace std::chrono_literals;
using test::utc;

/// A run with the settings `text`, begun at `start`.
struct OneRun {
  OneRun(const std::string& text, WallTime start, const std::vector<config::Override>& given = {}) {
    clock.set_wall(start);
    const auto settings = config::parse("[External]\nHomePO = N/C\n" + text, "/po/external.ini", given);
    breaks.emplace(settings.breaks, clock, *zone);
  }

  /// When it ends, to the minute, and why.
  WallTime ends(Duration limit = 24h * 5) {
    for (const auto end = clock.now() + limit; clock.now() < end; clock.advance(1min)) {
      reason = breaks->reached();
      if (reason) return clock.wall();
    }
    return {};
  }

  asio::io_context io;
  VirtualClock clock{io};
  std::shared_ptr<const TimeZone> zone = test::berlin();
  std::optional<BreakTimes> breaks;
  std::optional<BreakReason> reason;
};

TEST(BreakTimes, WithoutOneARunGoesOn) {
  EXPECT_EQ(OneRun("", utc(2026, 1, 5)).ends(), WallTime());
}

TEST(BreakTimes, EachHasItsReason) {
  OneRun time("BreakTime = 23:00\n", utc(2026, 1, 5, 12));
  EXPECT_EQ(time.ends(), utc(2026, 1, 5, 22));
  EXPECT_EQ(time.reason, BreakReason::time);
  OneRun date("BreakDate = 2026-01-07\n", utc(2026, 1, 5, 12));
  EXPECT_EQ(date.ends(), utc(2026, 1, 6, 23));
  EXPECT_EQ(date.reason, BreakReason::date);
  OneRun both("BreakDate = 2026-01-07\nBreakTime = 23:00\n", utc(2026, 1, 5, 12));
  EXPECT_EQ(both.ends(), utc(2026, 1, 7, 22));
  EXPECT_EQ(both.reason, BreakReason::time_and_date);
}

TEST(BreakTimes, ADateThatHasPassedEndsTheRunAtOnce) {
  EXPECT_EQ(OneRun("BreakDate = 2026-01-04\n", utc(2026, 1, 5, 12)).ends(), utc(2026, 1, 5, 12));
}

// A loop that starts External again after its BreakTime got a program that ended at once, until midnight.
TEST(Defect, Q140245_ARestartAfterTheBreakTimeOfTodayRunsUntilTomorrow) {
  EXPECT_EQ(OneRun("BreakTime = 23:00\n", utc(2026, 1, 5, 22)).ends(), utc(2026, 1, 6, 22));
  EXPECT_EQ(OneRun("BreakTime = 23:00\n", utc(2026, 1, 5, 22, 5)).ends(), utc(2026, 1, 6, 22));
  EXPECT_EQ(OneRun("BreakTime = 23:00\nBreakToday\n", utc(2026, 1, 5, 22, 5)).ends(), utc(2026, 1, 5, 22, 5))
      << "as of old, if somebody wants it";
}

TEST(Defect, Q194857_BreakRelativeIsRightBeyondTwoHours) {
  OneRun run("BreakRelative = 00:02:30\n", utc(2026, 1, 5, 12));
  EXPECT_EQ(run.ends(), utc(2026, 1, 5, 14, 30));
  EXPECT_EQ(run.reason, BreakReason::relative);
  EXPECT_EQ(OneRun("BreakRelative = 03:01:00\n", utc(2026, 1, 5, 12)).ends(), utc(2026, 1, 8, 13));
}

TEST(Defect, Q194849_BreakRelativeIsReadTheSameEverywhere) {
  for (const auto* text : {"150m", "2h30m", "PT2H30M", "P0DT2H30M", "00:02:30", "0:2:30"}) {
    EXPECT_EQ(OneRun("BreakRelative = " + std::string(text) + "\n", utc(2026, 1, 5, 12)).ends(),
              utc(2026, 1, 5, 14, 30))
        << text;
  }
}

// The original gave up (exit -1) when the breaks of Dispatch and its own met.
TEST(Defect, Q95972_OfSeveralBreaksTheFirstEndsTheRun) {
  const std::string text = "BreakTime = 23:00\nBreakRelative = 2h\n";
  EXPECT_EQ(OneRun(text, utc(2026, 1, 5, 12)).ends(), utc(2026, 1, 5, 14));
  EXPECT_EQ(OneRun(text, utc(2026, 1, 5, 21)).ends(), utc(2026, 1, 5, 22));
}

TEST(BreakTimes, TheCommandLineSetsThemAsOfOld) {
  const auto given = config::take_overrides({"run", "/BreakTime=:23:00", "--breakrelative=12:00:00"});
  EXPECT_EQ(given.rest, std::vector<std::string>{"run"});
  EXPECT_EQ(OneRun("BreakTime = 01:00\n", utc(2026, 1, 5, 12), given.overrides).ends(), utc(2026, 1, 5, 22));
}

TEST(BreakTimes, AreRightOnDaysOnWhichClocksAreChanged) {
  EXPECT_EQ(OneRun("BreakTime = 02:30\n", utc(2026, 3, 28, 12)).ends(), utc(2026, 3, 29, 1)) << "skipped";
  EXPECT_EQ(OneRun("BreakTime = 02:30\n", utc(2026, 10, 24, 12)).ends(), utc(2026, 10, 25, 0, 30))
      << "the first";
  EXPECT_EQ(OneRun("BreakTime = 02:30\n", utc(2026, 10, 25, 1)).ends(), utc(2026, 10, 26, 1, 30));
  EXPECT_EQ(OneRun("BreakTime = 12:00\n", utc(2026, 10, 24, 20)).ends(), utc(2026, 10, 25, 11));
}

TEST(BreakTimes, AStepOfTheClockOverOneDoesNotEndTheRun) {
  OneRun slept("BreakTime = 23:00\n", utc(2026, 1, 5, 12));
  EXPECT_EQ(slept.ends(1h), WallTime());
  slept.clock.set_wall(utc(2026, 1, 6, 6));
  EXPECT_EQ(slept.ends(), utc(2026, 1, 6, 22));
  OneRun back("BreakTime = 23:00\n", utc(2026, 1, 5, 21));
  EXPECT_EQ(back.ends(30min), WallTime());
  back.clock.set_wall(utc(2026, 1, 5, 20));
  EXPECT_EQ(back.ends(), utc(2026, 1, 5, 22));
  OneRun no_battery("BreakTime = 23:00\n", utc(1970, 1, 1, 12));
  EXPECT_EQ(no_battery.ends(1h), WallTime());
  no_battery.clock.set_wall(utc(2026, 1, 5, 12));
  EXPECT_EQ(no_battery.ends(), utc(2026, 1, 5, 22));
}

}  // namespace
}  // namespace external::engine::break_times_test
