#include <external/config/values.h>

#include <gmock/gmock.h>

namespace external::config::values_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Values, Durations) {
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("30m"), 30min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("2D"), 48h);
  EXPECT_EQ(parse_duration("0s"), 0s);
  for (const auto* bad :
       {"", "5", "m", "5x", "30m1h", "5s5s", "-5s", "1h 30m", "367d", "99999999999999999999s", "5.5s"}) {
    EXPECT_THROW(parse_duration(bad), BadValue) << bad;
  }
}

TEST(Values, DurationsGoThereAndBack) {
  for (const auto seconds : {0, 1, 59, 60, 61, 3600, 5400, 86399, 86400, 366 * 86400}) {
    EXPECT_EQ(parse_duration(to_text(std::chrono::seconds(seconds))), std::chrono::seconds(seconds));
  }
  EXPECT_EQ(to_text(5400s), "1h30m");
}

TEST(Values, Steps) {
  EXPECT_THAT(parse_steps("4h, 1d,3d"), ElementsAre(4h, 24h, 72h));
  EXPECT_THAT(parse_steps("1m"), ElementsAre(60s));
  EXPECT_THAT(parse_steps(" 0 "), ElementsAre());
  for (const auto* bad : {"", "0,4h", "4h,4h", "1d,4h", "30s", "4", "4h,", "1h,2h,3h,4h,5h,6h,7h,8h,9h"})
    EXPECT_THROW(parse_steps(bad), BadValue) << bad;
}

TEST(Values, Windows) {
  EXPECT_THAT(parse_windows("01:00-05:00, 12:00 - 12:30"),
              ElementsAre(TimeWindow{60min, 300min}, TimeWindow{720min, 750min}));
  EXPECT_THAT(parse_windows("0:00-24:00"), ElementsAre(TimeWindow{0min, 1440min}));
  for (const auto* bad : {"", "1-2", "01:00", "01:00-25:00", "01:60-02:00", "01:00-01:00", "24:00-01:00",
                          "01:00-02:00,", "1:0-2:0", "a:00-02:00", "001:00-02:00"}) {
    EXPECT_THROW(parse_windows(bad), BadValue) << bad;
  }
}

TEST(Values, WindowsHaveDays) {
  const auto days = [](const std::string& text) {
    std::vector<std::string> all;
    for (const auto& window : parse_windows(text)) all.push_back(window.days.to_string());
    return all;
  };
  // Written from Saturday to Sunday.
  EXPECT_THAT(days("Mon-Fri 01:00-05:00, Sat,Sun 12:00-18:00, 22:00-06:00"),
              ElementsAre("0111110", "1000001", "1111111"));
  EXPECT_THAT(days("fri-monday 01:00-02:00"), ElementsAre("1100011"));
  EXPECT_THAT(days("Mon, Wed-Thu , SATURDAY 1:00 - 2:00"), ElementsAre("1011010"));
  EXPECT_EQ(parse_windows("Sat,Sun 12:00-18:00").size(), 1u);
  for (const auto* bad : {"Mon", "Mon-Fri", "01:00-02:00, Mon", "Mo 01:00-02:00", "Mon- 01:00-02:00", "Mon,",
                          "01:00-02:00 Mon", "Mon Tue 01:00-02:00"}) {
    EXPECT_THROW(parse_windows(bad), BadValue) << bad;
  }
}

TEST(Values, CallWhen) {
  EXPECT_EQ(parse_call_when("5 messages, 100 KB, 30m"), (CallWhen{5, 102400, 30min}));
  EXPECT_EQ(parse_call_when("1h30m"), (CallWhen{{}, {}, 90min}));
  EXPECT_EQ(parse_call_when("2MB,1 message"), (CallWhen{1, 2097152, {}}));
  EXPECT_EQ(parse_call_when("3 gb"), (CallWhen{{}, 3221225472, {}}));
  for (const auto* bad : {"", "5", "messages", "5 messages, 6 messages", "1 KB, 2 MB", "30m, 1h", "5 letters",
                          "9999999999 messages", "-1 messages", "5 messages,"}) {
    EXPECT_THROW(parse_call_when(bad), BadValue) << bad;
  }
}

TEST(Values, TimesOfDay) {
  EXPECT_EQ(parse_time_of_day("23:00"), 23h);
  EXPECT_EQ(parse_time_of_day(":7:05:09"), 7h + 5min + 9s);
  for (const auto* bad : {"", "24:00", "23", "23:60", "23:00:60", "23:00:00:00", "::23:00", "23:0"})
    EXPECT_THROW(parse_time_of_day(bad), BadValue) << bad;
}

// The original took day, month and year in an order that depended on the country it believed to be in.
TEST(Defect, Q111558_DatesAreYearMonthDayEverywhere) {
  EXPECT_EQ(parse_date("2026-12-31"), std::chrono::year(2026) / 12 / 31);
  EXPECT_EQ(parse_date("2028-2-29"), std::chrono::year(2028) / 2 / 29);
  for (const auto* bad : {"", "12-31-26", "31-12-2026", "2026-02-29", "2026-13-01", "2026-12", "2026/12/31"})
    EXPECT_THROW(parse_date(bad), BadValue) << bad;
}

TEST(Values, BreakRelative) {
  EXPECT_EQ(parse_break_relative("01:02:03"), 26h + 3min);
  EXPECT_EQ(parse_break_relative("P1D"), 24h);
  EXPECT_EQ(parse_break_relative("pt90m"), 90min);
  for (const auto* bad : {"", "P", "PT", "P1M", "P1Y", "1:2", "01:24:00", "01:00:60", "5"})
    EXPECT_THROW(parse_break_relative(bad), BadValue) << bad;
}

TEST(Values, BackOff) {
  EXPECT_EQ(parse_back_off("30s"), (BackOff{30s, 1, 30s, 100}));
  EXPECT_EQ(parse_back_off("1m, 1.5x, 10m, 50%"), (BackOff{1min, 1.5, 10min, 50}));
  EXPECT_EQ(parse_back_off("1m,10m"), (BackOff{1min, 2, 10min, 100}));
  EXPECT_EQ(parse_back_off("1m, 2X"), (BackOff{1min, 2, 30min, 100}));
  EXPECT_EQ(parse_back_off("1m, 0%"), (BackOff{1min, 1, 1min, 0}));
  for (const auto* bad :
       {"", "0s", "x", "1m, x", "1m, 0x", "1m, 11x", "1m, 1.x", "1m, 1.2345x", "1m, 2x, 2x", "1m, 10m, 20m",
        "1m, 10m, 2x", "10m, 1m", "1m, 101%", "1m, 5%, 5%", "1m, 5%, 2x", "1m,"}) {
    EXPECT_THROW(parse_back_off(bad), BadValue) << bad;
  }
}

TEST(Values, Flags) {
  EXPECT_TRUE(parse_flag("YES"));
  EXPECT_TRUE(parse_flag("1"));
  EXPECT_FALSE(parse_flag("off"));
  EXPECT_THROW(parse_flag("perhaps"), BadValue);
  EXPECT_THROW(parse_flag(""), BadValue);
}

TEST(Values, Numbers) {
  EXPECT_EQ(parse_number("3", 1, 255), 3u);
  for (const auto* bad : {"", "0", "256", "-1", "+3", "3x", " 3", "99999999999999999999999"}) {
    EXPECT_THROW(parse_number(bad, 1, 255), BadValue) << bad;
  }
}

TEST(Values, Speeds) {
  EXPECT_EQ(parse_speed("300"), 300u);
  EXPECT_EQ(parse_speed("57600"), 57600u);
  EXPECT_EQ(parse_speed("4000000"), 4000000u);
  for (const auto* bad : {"0", "57601", "110", "fast", ""}) EXPECT_THROW(parse_speed(bad), BadValue) << bad;
}

TEST(Values, HostsAndPorts) {
  EXPECT_EQ(parse_host_port("127.0.0.1:2666"), (HostPort{"127.0.0.1", "2666"}));
  EXPECT_EQ(parse_host_port("[::1]:2666"), (HostPort{"::1", "2666"}));
  EXPECT_EQ(parse_host_port(":2666"), (HostPort{"", "2666"}));
  for (const auto* bad : {"", "host", "host:", "host:0", "host:65536", "::1:2666", "a b:1", "host:http"}) {
    EXPECT_THROW(parse_host_port(bad), BadValue) << bad;
  }
}

TEST(Values, PostOfficeNames) {
  EXPECT_EQ(parse_post_office_name("north/Clinic-2"), "NORTH/CLINIC-2");
  EXPECT_EQ(parse_post_office_name("LONGERTHANTEN/POSTOFFICES"), "LONGERTHANTEN/POSTOFFICES");
  const std::string long_name(65, 'A');
  for (const auto& bad : {std::string(""), std::string("NORTH"), std::string("A/B/C"), std::string("/B"),
                          std::string("A/"), std::string("A/.."), std::string("A/B C"), std::string("A/-B"),
                          std::string("A/B.C"), "A/" + long_name, std::string("A/\xC3\xA9")}) {
    EXPECT_THROW(parse_post_office_name(bad), BadValue) << bad;
  }
}

TEST(Size, HasAUnit) {
  EXPECT_EQ(parse_size("1b"), 1u);
  EXPECT_EQ(parse_size("500K"), 512000u);
  EXPECT_EQ(parse_size("8388607G"), std::uint64_t{8388607} << 30);
  for (const auto* text : {"", "1", "K", "0K", "1.5M", "-1K", "1KB", "99999999999G"})
    EXPECT_THROW(parse_size(text), BadValue) << text;
  for (const auto* text : {"1B", "1023B", "1K", "10M", "3G", "1025K"})
    EXPECT_EQ(size_text(parse_size(text)), text);
}

}  // namespace
}  // namespace external::config::values_test
