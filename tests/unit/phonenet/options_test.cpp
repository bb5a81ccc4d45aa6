#include "options.h"

#include <gtest/gtest.h>

namespace external::phonenet::options_test {
namespace {

using namespace std::chrono_literals;

TEST(Options, AreTaken) {
  const Options options = parse_options({"--dir",          "d",
                                         "--line",         "5550001=north",
                                         "--line",         "5550002=south",
                                         "--rate",         "9600",
                                         "--latency",      "50ms",
                                         "--ber",          "1e-5",
                                         "--seed",         "9",
                                         "--ring-delay",   "0.2s",
                                         "--modem-buffer", "512",
                                         "--modem",        "south=E0S0=1",
                                         "--quirk",        "south=late:2s,every-3",
                                         "--quirk",        "south=ignores-dtr",
                                         "--rfc2217",      "north=2217",
                                         "--quiet"});
  EXPECT_EQ(options.dir, "d");
  ASSERT_EQ(options.lines.size(), 2U);
  EXPECT_EQ(options.lines[1].number, "5550002");
  EXPECT_EQ(options.lines[1].name, "south");
  EXPECT_EQ(options.lines[1].settings, "E0S0=1");
  EXPECT_EQ(options.lines[0].rfc2217, 2217);
  EXPECT_FALSE(options.lines[1].rfc2217);
  EXPECT_EQ(options.lines[1].quirks.late_by, 2s);
  EXPECT_EQ(options.lines[1].quirks.late.every, 3U);
  EXPECT_TRUE(options.lines[1].quirks.ignores_dtr);
  EXPECT_EQ(options.line.rate, 9600U);
  EXPECT_EQ(options.line.latency, 50ms);
  EXPECT_DOUBLE_EQ(options.line.bit_error_rate, 1e-5);
  EXPECT_EQ(options.seed, 9U);
  EXPECT_EQ(options.exchange.setup_delay, 200ms);
  EXPECT_EQ(options.exchange.buffer, 512U);
  EXPECT_TRUE(options.quiet);
}

TEST(Options, HelpNeedsNothingElse) {
  EXPECT_TRUE(parse_options({"--help"}).help);
  EXPECT_NE(help_text().find("--latency"), std::string::npos);
}

TEST(Options, RefusalsNameTheCause) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> refusals{
      {{}, "--dir"},
      {{"--dir", "d"}, "--line"},
      {{"--dir", "d", "--line", "north"}, "NUMBER=NAME"},
      {{"--dir", "d", "--line", "1=../x"}, "NUMBER=NAME"},
      {{"--dir", "d", "--line", "1="}, "NUMBER=NAME"},
      {{"--dir", "d", "--line", "1=a", "--line", "1=b"}, "taken"},
      {{"--dir", "d", "--line", "1=a", "--line", "2=a"}, "taken"},
      {{"--dir", "d", "--line", "1=phonenet.sock"}, "taken"},
      {{"--dir", "d", "--line", "1=a", "--rate", "0"}, "no rate"},
      {{"--dir", "d", "--line", "1=a", "--latency", "50"}, "no time"},
      {{"--dir", "d", "--line", "1=a", "--latency", "-1s"}, "no time"},
      {{"--dir", "d", "--line", "1=a", "--ber", "2"}, "bit error rate"},
      {{"--dir", "d", "--line", "1=a", "--modem", "b=E0"}, "name of a --line"},
      {{"--dir", "d", "--line", "1=a", "--quirk", "b=drop"}, "name of a --line"},
      {{"--dir", "d", "--line", "1=a", "--quirk", "a=dropp"}, "did you mean drop"},
      {{"--dir", "d", "--line", "1=a", "--rfc2217", "2217"}, "name of a --line"},
      {{"--dir", "d", "--line", "1=a", "--rfc2217", "a=70000"}, "1 to 65535"},
      {{"--dir", "d", "--line", "1=a", "--baud", "2"}, "--help"},
      {{"--dir", "d", "--line", "1=a", "stray"}, "--help"},
  };
  for (const auto& [arguments, text] : refusals) {
    try {
      parse_options(arguments);
      ADD_FAILURE() << text;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  }
}

TEST(Options, Times) {
  EXPECT_EQ(parse_duration("0"), 0s);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("200us"), 200us);
  EXPECT_THROW(parse_duration("5 ms"), std::runtime_error);
  EXPECT_THROW(parse_duration("nans"), std::runtime_error);
  EXPECT_THROW(parse_duration(""), std::runtime_error);
}

}  // namespace
}  // namespace external::phonenet::options_test
