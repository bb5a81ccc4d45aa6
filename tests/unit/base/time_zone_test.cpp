#include "test_zone.h"

#include <gtest/gtest.h>

#include <ctime>

namespace external::time_zone_test {
namespace {

using namespace std::chrono_literals;
using test::utc;

LocalTime clock_shows(unsigned month, unsigned day, int hour, int minute = 0) {
  return LocalDay(std::chrono::year(2026) / std::chrono::month(month) / std::chrono::day(day)) +
         std::chrono::hours(hour) + std::chrono::minutes(minute);
}

TEST(TimeZone, TellsLocalTimeAndBack) {
  const auto zone = test::berlin();
  EXPECT_EQ(zone->local(utc(2026, 1, 1, 23, 30)), clock_shows(1, 2, 0, 30));
  EXPECT_EQ(zone->local(utc(2026, 7, 1, 22, 30)), clock_shows(7, 2, 0, 30));
  EXPECT_EQ(zone->day(utc(2026, 7, 1, 22, 30)), LocalDay(std::chrono::year(2026) / 7 / 2));
  for (auto moment = utc(2026, 3, 27); moment < utc(2026, 4, 1); moment += 7min)
    EXPECT_EQ(zone->moment(zone->local(moment)), moment);
}

TEST(TimeZone, ATimeThatIsSkippedIsTheMomentOfTheChange) {
  const auto zone = test::berlin();
  for (const int minute : {0, 1, 30, 59}) {
    EXPECT_EQ(zone->moment(clock_shows(3, 29, 2, minute)), utc(2026, 3, 29, 1)) << minute;
    EXPECT_TRUE(minute == 0 || zone->skips(clock_shows(3, 29, 2, minute)));
  }
  EXPECT_EQ(zone->moment(clock_shows(3, 29, 1, 59)), utc(2026, 3, 29, 0, 59));
  EXPECT_EQ(zone->moment(clock_shows(3, 29, 3)), utc(2026, 3, 29, 1));
  EXPECT_FALSE(zone->skips(clock_shows(3, 29, 3)));
}

TEST(TimeZone, OfATimeThatComesTwiceTheFirstCounts) {
  const auto zone = test::berlin();
  EXPECT_EQ(zone->moment(clock_shows(10, 25, 2)), utc(2026, 10, 25, 0));
  EXPECT_EQ(zone->moment(clock_shows(10, 25, 2, 59)), utc(2026, 10, 25, 0, 59));
  EXPECT_EQ(zone->moment(clock_shows(10, 25, 3)), utc(2026, 10, 25, 2));
  EXPECT_FALSE(zone->skips(clock_shows(10, 25, 2, 30)));
}

TEST(TimeZone, WestOfGreenwichChangesAreFoundToo) {
  // New York in 2026: March 8, 02:00 becomes 03:00; November 1, 02:00 becomes 01:00.
  const test::ChangingZone zone(-5h, {{utc(2026, 3, 8, 7), -4h}, {utc(2026, 11, 1, 6), -5h}});
  EXPECT_EQ(zone.moment(clock_shows(3, 8, 2, 30)), utc(2026, 3, 8, 7));
  EXPECT_EQ(zone.moment(clock_shows(11, 1, 1, 30)), utc(2026, 11, 1, 5, 30));
  EXPECT_EQ(zone.moment(clock_shows(11, 1, 2)), utc(2026, 11, 1, 7));
}

TEST(TimeZone, AWholeDayCanBeSkipped) {
  // As Samoa did when it crossed the date line.
  const test::ChangingZone zone(-10h, {{utc(2026, 12, 30, 10), 14h}});
  EXPECT_EQ(zone.moment(clock_shows(12, 30, 12)), utc(2026, 12, 30, 10));
  EXPECT_EQ(zone.moment(clock_shows(12, 31, 0)), utc(2026, 12, 30, 10));
  EXPECT_EQ(zone.moment(clock_shows(12, 29, 23)), utc(2026, 12, 30, 9));
}

TEST(TimeZone, TheSystemsIsThatOfItsLibrary) {
  const auto zone = system_zone();
  for (auto moment = utc(2025, 1, 1); moment < utc(2027, 1, 1); moment += 25h) {
    const auto seconds = std::chrono::system_clock::to_time_t(moment);
    std::tm local{};
    ASSERT_NE(::localtime_r(&seconds, &local), nullptr);
    const auto since_midnight = zone->local(moment) - zone->day(moment);
    EXPECT_EQ(since_midnight, std::chrono::hours(local.tm_hour) + std::chrono::minutes(local.tm_min) +
                                  std::chrono::seconds(local.tm_sec));
  }
}

}  // namespace
}  // namespace external::time_zone_test
