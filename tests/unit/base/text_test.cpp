#include <external/base/text.h>

#include <gtest/gtest.h>

namespace external::text_test {
namespace {

TEST(Text, MakesControlCharactersVisible) {
  EXPECT_EQ(visible("AT\r\n\x11\x7F\xC3"), "AT^M^J^Q\\x7F\\xC3");
  EXPECT_EQ(visible(std::string_view("\0", 1)), "^@");
}

TEST(Text, ComparesWithoutRegardToCase) {
  EXPECT_TRUE(equal_no_case("HomePO", "homepo"));
  EXPECT_FALSE(equal_no_case("HomePO", "HomeP"));
  EXPECT_FALSE(equal_no_case("a[", "a{"));
}

TEST(Text, TrimsAndSplits) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" "), "");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
}

TEST(Text, FindsTheNearestName) {
  const std::vector<std::string> names{"AsyncSpeed", "AsyncCommPort", "CommType"};
  EXPECT_EQ(nearest("AsyncSped", names), "AsyncSpeed");
  EXPECT_EQ(nearest("commtyp", names), "CommType");
  EXPECT_EQ(nearest("Elephant", names), "");
}

TEST(Text, GroupsDigits) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

TEST(Text, WritesHexadecimal) {
  EXPECT_EQ(hex(std::string_view("\x00\xAF", 2)), "00af");
}

}  // namespace
}  // namespace external::text_test
