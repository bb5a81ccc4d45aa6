#include <external/engine/traffic.h>
#include <mailqueue/queue.h>

#include <gmock/gmock.h>

#include <ctime>

#include <temp_folder.h>

namespace external::engine::traffic_test {
namespace {

WallTime local(int year, int month, int day, int hour, int minute, int second) {
  std::tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = day;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_sec = second;
  parts.tm_isdst = -1;
  return std::chrono::system_clock::from_time_t(std::mktime(&parts));
}

TEST(Traffic, TurnsWithMonthAndYearOfLocalTime) {
  const test::TempFolder folder;
  mailqueue::Queue queue(folder / "queue.db");
  queue.count_received("S/H", 10, local(2026, 11, 30, 23, 59, 59));
  queue.count_received("S/H", 20, local(2026, 12, 1, 0, 0, 0));
  queue.count_received("S/H", 30, local(2026, 12, 31, 23, 59, 59));
  const auto at = [&](WallTime now) { return sum_up(queue.traffic(), {}, now).at(0); };

  const auto new_years_eve = at(local(2026, 12, 31, 23, 59, 59));
  EXPECT_EQ(new_years_eve.month.received, (MailCount{2, 50}));
  EXPECT_EQ(new_years_eve.year.received, (MailCount{3, 60}));

  const auto new_year = at(local(2027, 1, 1, 0, 0, 0));
  EXPECT_EQ(new_year.month.received, MailCount{});
  EXPECT_EQ(new_year.year.received, MailCount{});
  EXPECT_EQ(new_year.session.received, (MailCount{3, 60})) << "a run goes on over midnight";

  queue.count_received("S/H", 40, local(2027, 12, 1, 0, 0, 0));
  EXPECT_EQ(at(local(2027, 12, 2, 0, 0, 0)).month.received, (MailCount{1, 40}))
      << "not that of last December";
}

TEST(Traffic, OfARunIsWhatCameSinceItBegan) {
  const test::TempFolder folder;
  mailqueue::Queue queue(folder / "queue.db");
  const auto now = local(2026, 5, 5, 12, 0, 0);
  queue.count_received("A/A", 10, now);
  const auto before = queue.traffic();
  queue.count_received("A/A", 5, now);
  queue.count_received("B/B", 7, now);
  const auto reports = sum_up(queue.traffic(), before, now);
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].session.received, (MailCount{1, 5}));
  EXPECT_EQ(reports[0].month.received, (MailCount{2, 15}));
  EXPECT_EQ(reports[1].session.received, (MailCount{1, 7}));
}

}  // namespace
}  // namespace external::engine::traffic_test
