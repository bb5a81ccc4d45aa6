#include <external/unicode/name.h>
#include <external/unicode/utf8.h>

#include <gmock/gmock.h>

namespace external::unicode::name_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Utf8, IsReadAndWritten) {
  for (const std::string text : {"", "anna", "j\u00FCrgen", "\u6751", "\U0001F600"}) {
    const auto points = decode(text);
    ASSERT_TRUE(points) << text;
    EXPECT_EQ(encode(*points), text);
  }
  EXPECT_EQ(decode("\U0001F600")->size(), 1U);
}

TEST(Utf8, ThatIsNoneIsNotRead) {
  for (const auto* bad : {"\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xED\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\x80", "\xFF", "a\xE2\x82"})
    EXPECT_FALSE(decode(bad)) << bad;
}

TEST(Names, AreFoldedLetterByLetter) {
  EXPECT_EQ(folded(U"ANNA"), U"anna");
  EXPECT_EQ(folded(U"U\u0308"), U"\u00FC");
  EXPECT_EQ(folded(U"\u00DF"), U"\u00DF");
  EXPECT_EQ(folded(U"\u1E9E"), U"\u00DF");
  EXPECT_EQ(folded(U"\u0131"), U"\u0131");
  EXPECT_EQ(folded(U"\u03A3\u03C3\u03C2"), U"\u03C3\u03C3\u03C3");
}

TEST(Names, HaveCapitalsThatFoldBack) {
  EXPECT_EQ(in_capitals(U"j\u00FCrgen"), U"J\u00DCRGEN");
  EXPECT_EQ(in_capitals(U"\u0131"), U"\u0131") << "its capital is that of i";
  EXPECT_EQ(in_capitals(U"stra\u00DFe"), U"STRA\u00DFE") << "strasse is another name";
  EXPECT_EQ(folded(in_capitals(U"stra\u00DFe")), U"stra\u00DFe");
}

TEST(Names, HoldNothingThatDeceives) {
  EXPECT_THAT(complaint_about(U"j\u00FCrgen"), IsEmpty());
  EXPECT_THAT(complaint_about(U"\U0001F44B\U0001F3FD"), IsEmpty());
  EXPECT_THAT(complaint_about(U"\u05D0\u05D1.7"), IsEmpty());
  EXPECT_THAT(complaint_about(U""), IsEmpty());
  EXPECT_THAT(complaint_about(U"a\u200Bb"), HasSubstr("U+200B, which cannot be seen"));
  EXPECT_THAT(complaint_about(U"a\u2215b"), HasSubstr("U+2215, which is no letter"));
  EXPECT_THAT(complaint_about(U"\u0301a"), HasSubstr("begins with a mark (U+0301)"));
  EXPECT_THAT(complaint_about(U"\uFF0F"), HasSubstr("U+FF0F"));
  EXPECT_THAT(complaint_about(U"\uFB01"), HasSubstr("another form"));
  EXPECT_THAT(complaint_about(U"a\u05D0"), HasSubstr("from the left and from the right"));
  EXPECT_THAT(complaint_about(U"\u05D0-"), HasSubstr("ends in a sign"));
  EXPECT_THAT(complaint_about(U"\u0627\u0661\u0031"), HasSubstr("from the left")) << "two kinds of digits";
}

}  // namespace
}  // namespace external::unicode::name_test
