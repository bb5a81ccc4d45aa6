// Each line of a call over modems has the name of that call, from the dial or the answer until the modem is
// ready again.

#include "end.h"

#include <sstream>

namespace external::test::call_names_test {
namespace {

using testing::EndsWith;

std::vector<std::string> lines_of(const std::string& log) {
  std::istringstream in(log);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t place_of(const std::vector<std::string>& lines, const std::string& part, std::size_t from = 0) {
  while (from < lines.size() && lines[from].find(part) == std::string::npos) ++from;
  return from;
}

/// " [call 3V8Q2A]", or nothing.
std::string mark_of(const std::string& line) {
  const auto at = line.rfind(" [call ");
  return at == std::string::npos ? "" : line.substr(at);
}

struct CallNames : testing::Test {
  Town town{"115200", {"--ring-delay", "100ms", "--connect-time", "200ms"}};
  End north{town, "north"};
  End south{town, "south"};

  /// All from the first line that has one, which is before `known`, to the modem's hanging up.
  static void expect_one_name(const End& end, const std::string& known) {
    const auto lines = lines_of(end.log());
    const auto begin = place_of(lines, " [call ");
    EXPECT_LE(begin, place_of(lines, known));
    const auto closing = place_of(lines, "-- Closing connection --", begin);
    ASSERT_LT(closing, lines.size()) << end.log();
    const auto mark = mark_of(lines[begin]);
    ASSERT_THAT(mark, testing::MatchesRegex(" \\[call [0-9A-Z]{6}\\]"));
    for (auto i = begin; i <= closing; ++i) {
      if (!lines[i].starts_with("Modem1 ")) continue;  // of the program as a whole
      EXPECT_THAT(lines[i], EndsWith(mark)) << i;
    }
    const auto summary = place_of(lines, " line errors; Disconnection.", begin);
    ASSERT_LT(summary, closing) << "one line for the whole call";
    EXPECT_EQ(place_of(lines, " line errors; ", summary + 1), lines.size());
  }
};

TEST_F(CallNames, StandOnEveryLineOfACallAtBothEnds) {
  ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", random_text(2'000, 1)).exit_code, 0);
  ASSERT_TRUE(south.start_and_initialise());
  north.start();
  ASSERT_TRUE(north.eventually_logged("-- Closing connection --")) << north.log();
  ASSERT_TRUE(south.eventually_logged("-- Closing connection --")) << south.log();
  expect_one_name(north, "Queued 1 item");
  expect_one_name(south, "Answering call:");
}

TEST_F(CallNames, StandOnWhatIsSaidAfterwards) {
  ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", random_text(2'000, 1)).exit_code, 0);
  ASSERT_EQ(town.phonenet({"unplug", "south"}).exit_code, 0);
  north.start();
  ASSERT_TRUE(north.eventually_logged(": Call failed: ")) << north.log();
  const auto lines = lines_of(north.log());
  const auto mark = mark_of(lines.at(place_of(lines, "Calling: SOUTH/HUB")));
  EXPECT_NE(mark, "");
  EXPECT_THAT(lines.at(place_of(lines, ": Call failed: ")), EndsWith(mark));
  EXPECT_THAT(lines.at(place_of(lines, "Call to SOUTH/HUB: no connection; ")), EndsWith(mark));
}

}  // namespace
}  // namespace external::test::call_names_test
