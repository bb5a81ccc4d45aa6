#include <external/mime/addresses.h>

#include <gmock/gmock.h>

namespace external::mime::addresses_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> all_of(std::string_view list) {
  const auto addresses = addresses_in(list);
  EXPECT_TRUE(addresses.complete) << list;
  return addresses.found;
}

bool is_understood(std::string_view list) {
  return addresses_in(list).complete;
}

TEST(Addresses, AreFoundWithoutTheirNames) {
  EXPECT_THAT(all_of("a@b.c, \"Last, First\" <d@e.f>, Group: g@h.i, N/P/J;, (x (y), z) k <l@m.n> (o)"),
              ElementsAre("a@b.c", "d@e.f", "g@h.i", "N/P/J", "l@m.n"));
  EXPECT_THAT(all_of("a@b <a@b>, John Q. Public <c@d>, e@f (no, really),,\r\n\t<g@h>"),
              ElementsAre("a@b", "c@d", "e@f", "g@h"));
}

TEST(Addresses, MayBeOfOurOwnForm) {
  EXPECT_THAT(all_of("anna, Ben <SOUTH/HUB/BEN>, north!clinic!carl, <bert>"),
              ElementsAre("anna", "SOUTH/HUB/BEN", "north!clinic!carl", "bert"));
}

TEST(Addresses, MayHoldLettersBeyondAscii) {
  EXPECT_THAT(all_of("J\xc3\xbcrg <j\xc3\xbcrg@x.y>, =?utf-8?q?J=C3=BC?= <a@b>"),
              ElementsAre("j\xc3\xbcrg@x.y", "a@b"));
}

TEST(Addresses, OfNobodyAreNone) {
  EXPECT_THAT(all_of("undisclosed recipients:;"), IsEmpty());
  EXPECT_THAT(all_of("  "), IsEmpty());
  EXPECT_THAT(all_of(" , ,"), IsEmpty());
  EXPECT_THAT(all_of(""), IsEmpty());
}

TEST(Addresses, StandBetweenSemicolonsAsWell) {
  EXPECT_THAT(all_of("anna; Ben <b@c>;carl@hub.south;"), ElementsAre("anna", "b@c", "carl@hub.south"));
}

TEST(Addresses, ThatCannotBeUnderstoodAreToldApart) {
  for (const char* bad : {"anna bert", "a@b, \"open, c@d", "a@b, [x] y <c@d>", "John Doe a@b.c, d@e", "(open",
                          "a@b, (open", "a@b@c"})
    EXPECT_FALSE(is_understood(bad)) << bad;
  EXPECT_FALSE(is_understood(std::string_view("a@b, \0c@d", 9)));
}

TEST(Addresses, OfHostilesTakeNeitherStackNorTime) {
  std::string groups;
  std::string semicolons;
  for (int i = 0; i < 50'000; ++i) {
    groups += "a:";
    semicolons += "a;";
  }
  EXPECT_FALSE(is_understood(groups));
  EXPECT_FALSE(is_understood(semicolons));
  EXPECT_FALSE(is_understood(std::string(100'000, '(')));
  addresses_in(std::string(100'000, '<'));
}

TEST(Addresses, MayBeThousands) {
  std::string list;
  for (int i = 0; i < 5000; ++i)
    list += "User " + std::to_string(i) + " <u" + std::to_string(i) + "@b.c>,\n ";
  EXPECT_THAT(all_of(list), SizeIs(5000));
}

}  // namespace
}  // namespace external::mime::addresses_test
