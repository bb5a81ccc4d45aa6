#include "support.h"

#include <external/log/entry.h>

#include <log_filter.h>
#include <log_reader.h>
#include <run.h>

namespace external::commands {
namespace {

using namespace testing;

WallTime local(int hour, int minute) {
  std::tm time{};
  time.tm_year = 126;
  time.tm_mon = 10;
  time.tm_mday = 21;
  time.tm_hour = hour;
  time.tm_min = minute;
  time.tm_isdst = -1;
  return WallTime::clock::from_time_t(std::mktime(&time));
}

TEST(Since, IsReadInEveryForm) {
  const auto now = local(12, 0) + std::chrono::seconds(42);
  EXPECT_EQ(parse_since("10:30", now), local(10, 30));
  EXPECT_EQ(parse_since("2026-11-21", now), local(0, 0));
  EXPECT_EQ(parse_since("2026-11-21 10:30", now), local(10, 30));
  EXPECT_EQ(parse_since("2026-11-21T10:30", now), local(10, 30));
  EXPECT_EQ(parse_since("11-21-2026", now), local(0, 0));
  EXPECT_EQ(parse_since("2h", now), now - std::chrono::hours(2));
  EXPECT_THROW(parse_since("25:00", now), Failure);
  EXPECT_THROW(parse_since("10:30 tomorrow", now), Failure);
  EXPECT_THROW(parse_since("", now), Failure);
}

TEST(LogFilter, ChoosesInstancesInAnyCase) {
  LogFilter filter;
  filter.instance = "modem1";
  EXPECT_TRUE(filter.passes(log::format_entry("Modem1", local(10, 0), "x")));
  EXPECT_TRUE(filter.passes("a line that belongs to it"));
  EXPECT_FALSE(filter.passes(log::format_entry("Modem12", local(10, 0), "x")));
  EXPECT_FALSE(filter.passes("a line that belongs to that"));
  EXPECT_FALSE(filter.passes(log::format_entry("", local(10, 0), "Modem1")));
}

TEST(LogFilter, ChoosesLinesFromAMinuteOn) {
  LogFilter filter;
  filter.since = local(10, 30) + std::chrono::seconds(30);
  EXPECT_FALSE(filter.passes(log::format_entry("Modem1", local(10, 29), "x")));
  EXPECT_TRUE(filter.passes(log::format_entry("Modem1", local(10, 30), "x")));
  EXPECT_TRUE(filter.passes(log::format_entry("", local(10, 31), "x")));
}

struct Reading : Test {
  test::TempFolder folder;
  std::filesystem::path file = folder / "Session.log";
  LogReader reader{file};

  std::vector<std::string> read() {
    std::vector<std::string> lines;
    reader.read([&](const std::string& line) { lines.push_back(line); });
    return lines;
  }

  void append(const std::string& text) { std::ofstream(file, std::ios::app) << text; }
};

TEST_F(Reading, GivesWholeLinesOnce) {
  EXPECT_THAT(read(), IsEmpty());
  append("one\ntw");
  EXPECT_THAT(read(), ElementsAre("one"));
  append("o\nthree\n");
  EXPECT_THAT(read(), ElementsAre("two", "three"));
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(Reading, FollowsARotationWithoutLosingALine) {
  append("one\n");
  EXPECT_THAT(read(), ElementsAre("one"));
  append("two\n");
  std::filesystem::rename(file, folder / "Session.log.1");
  append("three\n");
  EXPECT_THAT(read(), ElementsAre("two", "three"));
}

TEST_F(Reading, BeginsAnewWhenTheFileWasCutShort) {
  append("one\ntwo\n");
  EXPECT_THAT(read(), SizeIs(2));
  std::filesystem::resize_file(file, 0);
  EXPECT_THAT(read(), IsEmpty());
  append("three\n");
  EXPECT_THAT(read(), ElementsAre("three"));
}

TEST_F(Reading, WaitsUntilSomethingIsWritten) {
  test::RealWorld world;
  append("one\n");
  read();
  const auto write_then_wait = [&]() -> Task<> {
    auto write = [&]() -> Task<> {
      append("two\n");
      co_return;
    };
    // The wait begins first, so that it has to notice.
    auto both = [&]() -> Task<> {
      using namespace asio::experimental::awaitable_operators;
      co_await (reader.wait(world.clock) && write());
    };
    co_await both();
  };
  world.run(write_then_wait());
  EXPECT_THAT(read(), ElementsAre("two"));
}

}  // namespace
}  // namespace external::commands
