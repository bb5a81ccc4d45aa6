#include <external/unicode/domain.h>

#include <gtest/gtest.h>

namespace external::unicode::domain_test {
namespace {

TEST(Domain, IsComparedInAscii) {
  EXPECT_EQ(ascii_domain("Clinic.Example"), "clinic.example");
  EXPECT_EQ(ascii_domain("b\u00FCcher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(ascii_domain("B\u00DCCHER.example"), "xn--bcher-kva.example");
  EXPECT_EQ(ascii_domain("xn--bcher-kva.example"), "xn--bcher-kva.example");
  EXPECT_EQ(ascii_domain("fa\u00DF.example"), "xn--fa-hia.example") << "not fass, as once (UTS 46, 4)";
  EXPECT_EQ(ascii_domain("post_office.north"), "post_office.north");
  EXPECT_EQ(ascii_domain("north"), "north");
}

TEST(Domain, ThatIsNoneIsRefused) {
  for (const std::string bad :
       {"", ".", "a..b", ".a", "a.", "-a.b", "a-.b", "a b", "a/b", "a@b", "a\nb", "[192.0.2.1]", "xn--a-.b",
        "xn--\xFF.b", "b\u00FC/cher.example", "\xC3.example", "a\u202E.example"})
    EXPECT_FALSE(ascii_domain(bad)) << bad;
  EXPECT_FALSE(ascii_domain(std::string(64, 'a') + ".example"));
  EXPECT_TRUE(ascii_domain(std::string(63, 'a') + ".example"));
  EXPECT_FALSE(ascii_domain(std::string(1 << 20, 'a')));
  std::string deep = "a";
  while (deep.size() < 253) deep += ".a";
  EXPECT_TRUE(ascii_domain(deep));
  EXPECT_FALSE(ascii_domain(deep + ".a"));
}

}  // namespace
}  // namespace external::unicode::domain_test
