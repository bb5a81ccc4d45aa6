#include "test_zone.h"

#include <external/engine/windows.h>

#include <gmock/gmock.h>

namespace external::engine::windows_test {
namespace {

using namespace std::chrono_literals;
using test::utc;
using namespace ::testing;

/// What `text` means in Central Europe.
struct Windows {
  explicit Windows(const std::string& text) : all(config::parse_windows(text)) {}

  bool open(WallTime moment) const { return opening_at(all, moment, *zone).has_value(); }
  Opening at(WallTime moment) const { return opening_at(all, moment, *zone).value(); }
  WallTime next(WallTime moment) const { return next_opening(all, moment, *zone).value(); }

  /// The spans of a day, as hours and minutes UTC, in which it is open.
  std::vector<std::string> spans(WallTime from, WallTime to) const {
    std::vector<std::string> found;
    const auto text = [](WallTime moment) {
      const auto minutes =
          std::chrono::floor<std::chrono::minutes>(moment - std::chrono::floor<std::chrono::days>(moment));
      char buffer[16];
      std::snprintf(buffer, sizeof buffer, "%02d:%02d", static_cast<int>(minutes.count() / 60),
                    static_cast<int>(minutes.count() % 60));
      return std::string(buffer);
    };
    bool was_open = open(from);
    std::string begun = text(from);
    for (auto moment = from; moment <= to; moment += 1min) {
      const bool now_open = open(moment);
      if (now_open && !was_open) begun = text(moment);
      if (!now_open && was_open) found.push_back(begun + "-" + text(moment));
      was_open = now_open;
    }
    if (was_open) found.push_back(begun + "-" + text(to));
    return found;
  }

  std::vector<config::TimeWindow> all;
  std::shared_ptr<const TimeZone> zone = test::berlin();
};

// 2026-03-29 is a Sunday, and so is 2026-10-25.
const auto spring = utc(2026, 3, 28, 23);
const auto autumn = utc(2026, 10, 24, 22);

TEST(Windows, ContainTheirStartAndNotTheirEnd) {
  const Windows night("23:00-01:00");
  EXPECT_FALSE(night.open(utc(2026, 1, 5, 21, 59)));
  EXPECT_TRUE(night.open(utc(2026, 1, 5, 22)));
  EXPECT_TRUE(night.open(utc(2026, 1, 5, 23, 59)));
  EXPECT_FALSE(night.open(utc(2026, 1, 6, 0)));
  EXPECT_TRUE(Windows("00:00-24:00").open(utc(2026, 1, 5, 23)));
}

TEST(Windows, OneOverMidnightBelongsToTheDayOnWhichItBegins) {
  const Windows friday("Fri 22:00-06:00");
  EXPECT_FALSE(friday.open(utc(2026, 1, 9, 4))) << "Friday morning";
  EXPECT_TRUE(friday.open(utc(2026, 1, 9, 22)));
  EXPECT_TRUE(friday.open(utc(2026, 1, 10, 4))) << "Saturday morning";
  EXPECT_FALSE(friday.open(utc(2026, 1, 10, 22)));
  EXPECT_EQ(friday.next(utc(2026, 1, 9, 21)), utc(2026, 1, 16, 21)) << "the next one, not this one";
}

TEST(Windows, DaysAreThoseOfTheLocalCalendar) {
  const Windows monday("Mon 00:00-01:00");
  EXPECT_TRUE(monday.open(utc(2026, 1, 4, 23, 30))) << "Sunday still in UTC";
  EXPECT_FALSE(monday.open(utc(2026, 1, 5, 23, 30)));
}

TEST(Windows, OneThatBeginsInASkippedHourOpensRightAfterTheChange) {
  EXPECT_THAT(Windows("02:30-04:00").spans(spring, spring + 12h), ElementsAre("01:00-02:00"));
  EXPECT_EQ(Windows("02:30-04:00").next(spring), utc(2026, 3, 29, 1));
}

TEST(Windows, OneThatIsSkippedAltogetherKeepsItsLength) {
  EXPECT_THAT(Windows("02:10-02:40").spans(spring, spring + 12h), ElementsAre("01:00-01:30"));
}

TEST(Windows, OneThatEndsInASkippedHourEndsAtTheChange) {
  EXPECT_THAT(Windows("01:00-02:30").spans(spring, spring + 12h), ElementsAre("00:00-01:00"));
}

TEST(Windows, WhereAnHourComesTwiceEachOpensOnce) {
  EXPECT_THAT(Windows("02:10-02:40").spans(autumn, autumn + 12h), ElementsAre("00:10-00:40"));
  EXPECT_THAT(Windows("01:00-02:30").spans(autumn, autumn + 12h), ElementsAre("23:00-00:30"));
  EXPECT_THAT(Windows("02:30-04:00").spans(autumn, autumn + 12h), ElementsAre("00:30-03:00"));
  EXPECT_THAT(Windows("01:00-05:00").spans(autumn, autumn + 12h), ElementsAre("23:00-04:00"));
}

TEST(Windows, OverMidnightAndAChangeTheyCloseInTheMorning) {
  EXPECT_THAT(Windows("Sat 22:00-06:00").spans(spring - 3h, spring + 12h), ElementsAre("21:00-04:00"));
  EXPECT_THAT(Windows("Sat 22:00-06:00").spans(autumn - 3h, autumn + 12h), ElementsAre("20:00-05:00"));
}

TEST(Windows, OfSeveralOpeningsTheOneThatBeganLastIsTold) {
  const Windows two("01:00-05:00, 03:00-04:00");
  EXPECT_EQ(two.at(utc(2026, 1, 5, 2, 30)).from, utc(2026, 1, 5, 2));
  EXPECT_EQ(two.at(utc(2026, 1, 5, 3, 30)).from, utc(2026, 1, 5, 0));
  EXPECT_FALSE(next_opening({}, utc(2026, 1, 5), *two.zone));
}

// The original lost or won a day when its clock rolled over (ClockRollOver); ours reads clocks and sets none.
TEST(Defect, Q112281_MidnightIsNothingSpecial) {
  EXPECT_THAT(Windows("22:00-02:00").spans(utc(2026, 12, 31, 12), utc(2027, 1, 1, 12)),
              ElementsAre("21:00-01:00"));
  EXPECT_THAT(Windows("22:00-24:00, 00:00-02:00").spans(utc(2026, 2, 28, 12), utc(2026, 3, 1, 12)),
              ElementsAre("21:00-01:00"));
}

}  // namespace
}  // namespace external::engine::windows_test
