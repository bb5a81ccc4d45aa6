#include "../../../src/console/readable.h"

#include <gtest/gtest.h>

namespace external::console::readable_test {
namespace {

TEST(Readable, LeavesPlainTextAlone) {
  for (const auto charset : {Charset::ascii, Charset::utf8})
    EXPECT_EQ(readable("SOUTH/HUB at 57600 bps", charset), "SOUTH/HUB at 57600 bps");
}

TEST(Readable, ShowsNamesInAnyScriptWhereTheTerminalCan) {
  EXPECT_EQ(readable("Zürich Åse 東京", Charset::utf8), "Zürich Åse 東京");
  EXPECT_EQ(readable("Zürich Åse 東京", Charset::ascii), "Z?rich ?se ??");
}

TEST(Readable, LetsNothingThroughThatSteersATerminal) {
  for (const auto charset : {Charset::ascii, Charset::utf8}) {
    EXPECT_EQ(readable("a\x1b[2Jb\a", charset), "a^[[2Jb^G");
    EXPECT_EQ(readable("\xC2\x9B"
                       "2J",
                       charset),
              "?2J")
        << "CSI in one character";
    EXPECT_EQ(readable("a\xE2\x80\xAE"
                       "b",
                       charset),
              "a?b")
        << "turns the direction round";
    EXPECT_EQ(readable("\xFF"
                       "\xC3",
                       charset),
              "\\xFF\\xC3");
  }
}

TEST(Readable, CountsColumnsNotBytes) {
  EXPECT_EQ(width_of("Zürich"), 6U);
  EXPECT_EQ(width_of("東京"), 4U);
  EXPECT_EQ(width_of("e\xCC\x81"), 1U) << "an accent of its own";
}

TEST(Readable, CutsBetweenCharacters) {
  EXPECT_EQ(cut("Zürich", 2), "Zü");
  EXPECT_EQ(cut("東京", 3), "東");
  EXPECT_EQ(cut("e\xCC\x81x", 1), "e\xCC\x81");
  EXPECT_EQ(cut("abc", 9), "abc");
}

TEST(Readable, FillsUpToAWidth) {
  EXPECT_EQ(left("東", 4), "東  ");
  EXPECT_EQ(right("ü", 3), "  ü");
  EXPECT_EQ(fit("東京", 3), "東 ");
}

}  // namespace
}  // namespace external::console::readable_test
