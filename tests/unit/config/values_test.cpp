#include <external/config/values.h>

#include <gmock/gmock.h>

namespace external::config {
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

TEST(Values, Windows) {
  EXPECT_THAT(parse_windows("01:00-05:00, 12:00 - 12:30"),
              ElementsAre(TimeWindow{60min, 300min}, TimeWindow{720min, 750min}));
  EXPECT_THAT(parse_windows("0:00-24:00"), ElementsAre(TimeWindow{0min, 1440min}));
  for (const auto* bad : {"", "1-2", "01:00", "01:00-25:00", "01:60-02:00", "01:00-01:00", "24:00-01:00",
                          "01:00-02:00,", "1:0-2:0", "a:00-02:00", "001:00-02:00"}) {
    EXPECT_THROW(parse_windows(bad), BadValue) << bad;
  }
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

TEST(Values, WindowsContainTheirStartAndNotTheirEnd) {
  const TimeWindow day{60min, 300min};
  EXPECT_FALSE(day.contains(59min));
  EXPECT_TRUE(day.contains(60min));
  EXPECT_TRUE(day.contains(299min));
  EXPECT_FALSE(day.contains(300min));
  const TimeWindow night{1380min, 60min};
  EXPECT_TRUE(night.contains(1380min));
  EXPECT_TRUE(night.contains(0min));
  EXPECT_FALSE(night.contains(60min));
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

}  // namespace
}  // namespace external::config
