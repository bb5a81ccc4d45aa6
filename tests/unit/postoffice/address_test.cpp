#include <external/postoffice/address.h>
#include <external/postoffice/route.h>

#include <gmock/gmock.h>

#include <random>

namespace external::postoffice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const AddressBook book{"NORTH/CLINIC", {"clinic.example", "mail.clinic.example"}};

std::string read(std::string_view text) {
  return parse_address(text, book).text();
}

std::string complaint(std::string_view text) {
  try {
    return "accepted as " + read(text);
  } catch (const BadAddress& error) {
    return error.what();
  }
}

TEST(Address, IsReadInEveryForm) {
  EXPECT_EQ(read("south/Hub/anna"), "SOUTH/HUB/ANNA");
  EXPECT_EQ(read("Anna@hub.south"), "SOUTH/HUB/ANNA");
  EXPECT_EQ(read("<anna@hub.south>"), "SOUTH/HUB/ANNA");
  EXPECT_EQ(read("anna"), "NORTH/CLINIC/ANNA");
  EXPECT_EQ(read("anna@clinic.example"), "NORTH/CLINIC/ANNA");
  EXPECT_EQ(read("anna@Mail.Clinic.Example"), "NORTH/CLINIC/ANNA");
  EXPECT_EQ(read("anna@hub.south.mail.clinic.example"), "SOUTH/HUB/ANNA");
  EXPECT_EQ(read("A-NETWORK-LONGER-THAN-TEN/POST_OFFICE_1/j.smith+clinic"),
            "A-NETWORK-LONGER-THAN-TEN/POST_OFFICE_1/J.SMITH+CLINIC");
}

TEST(Address, IsWrittenForBothWorlds) {
  const auto address = parse_address("anna@hub.south", book);
  EXPECT_EQ(address.mail(), "anna@hub.south");
  EXPECT_EQ(address.office(), "SOUTH/HUB");
  EXPECT_EQ(address, parse_address("SOUTH/HUB/Anna", book));
}

TEST(Address, OfEveryKindComesBackAsItWas) {
  std::mt19937 random(3);
  const std::string letters = "ABZ09.!#$%&'*+-=?^_`{|}~";
  for (int round = 0; round < 3000; ++round) {
    std::string mailbox;
    for (auto length = 1 + random() % 64; length > 0; --length) mailbox += letters[random() % letters.size()];
    try {
      const Address address{"SOUTH", "HUB", parse_mailbox(mailbox)};
      EXPECT_EQ(parse_address(address.text(), book), address);
      EXPECT_EQ(parse_address(address.mail(), book), address);
    } catch (const BadAddress&) {
      EXPECT_TRUE(mailbox.front() == '.' || mailbox.front() == '-' || mailbox.back() == '.' ||
                  mailbox.find("..") != std::string::npos)
          << mailbox;
    }
  }
}

TEST(Address, SaysWhyItIsRefused) {
  EXPECT_THAT(complaint(""), HasSubstr("empty"));
  EXPECT_THAT(complaint("<>"), HasSubstr("empty"));
  EXPECT_THAT(complaint("HUB/ANNA"), HasSubstr("NETWORK/POSTOFFICE/MAILBOX"));
  EXPECT_THAT(complaint("A/B/C/D"), HasSubstr("the post office may have"));
  EXPECT_THAT(complaint("SOUTH//ANNA"), HasSubstr("the post office is missing"));
  EXPECT_THAT(complaint("/HUB/ANNA"), HasSubstr("the network is missing"));
  EXPECT_THAT(complaint("SOUTH/HUB/"), HasSubstr("the mailbox is missing"));
  EXPECT_THAT(complaint("@hub.south"), HasSubstr("the mailbox is missing"));
  EXPECT_THAT(complaint("anna@"), HasSubstr("after the @"));
  EXPECT_THAT(complaint("anna@example"), HasSubstr("setting Domain"));
  EXPECT_THAT(complaint("anna@a.b.c"), HasSubstr("setting Domain"));
  EXPECT_THAT(complaint("SOUTH/HUB/" + std::string(65, 'A')), HasSubstr("more than 64"));
  EXPECT_THAT(complaint(std::string(65, 'A') + "/HUB/ANNA"), HasSubstr("more than 64"));
}

TEST(Address, IsNeverUnsafeAsAFileName) {
  using namespace std::string_literals;
  for (const auto& bad : {"S/H/.."s,
                          "S/H/."s,
                          "S/H/.hidden"s,
                          "S/H/a..b"s,
                          "S/H/a."s,
                          "S/H/-rf"s,
                          "S/H/a b"s,
                          "S/H/a\nb"s,
                          "S/H/a\0b"s,
                          "S/H/\x7F"s,
                          "S/H/caf\xC3\xA9"s,
                          "S/../ANNA"s,
                          "../H/ANNA"s,
                          "a/b@hub.south"s,
                          "..@hub.south"s,
                          "\"a\"@hub.south"s,
                          "a\\b"s,
                          "a:b"s,
                          "a;b"s,
                          "a,b"s,
                          "a<b"s,
                          "a@b@c@d.e.f"s}) {
    EXPECT_THROW(parse_address(bad, book), BadAddress) << bad;
  }
}

TEST(Address, SurvivesAnyBytes) {
  std::mt19937 random(4);
  const std::string alphabet("ab/@.<>-\0 \n\xC3\xFF", 13);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto length = random() % 16; length > 0; --length) text += alphabet[random() % alphabet.size()];
    try {
      const auto address = parse_address(text, book);
      for (const auto& part : {address.network, address.post_office, address.mailbox}) {
        EXPECT_FALSE(part.empty());
        EXPECT_NE(part.front(), '.');
        EXPECT_EQ(part.find_first_of(std::string_view("/\0\n @", 5)), std::string::npos);
      }
    } catch (const BadAddress&) {
    }
  }
}

TEST(Address, OfAPostOffice) {
  EXPECT_EQ(parse_office("north/clinic"), "NORTH/CLINIC");
  EXPECT_EQ(mail_domain("NORTH/CLINIC"), "clinic.north");
  EXPECT_THROW(parse_office("north"), BadAddress);
  EXPECT_THROW(parse_office("a/b/c"), BadAddress);
}

TEST(Routing, FollowsHubsToADirectPostOffice) {
  const RoutingTable table(
      "NORTH/CLINIC",
      {{"SOUTH/HUB", ""}, {"SOUTH/BRANCH", "SOUTH/HUB"}, {"SOUTH/DESK", "SOUTH/BRANCH"}, {"EAST/SHIP", ""}});
  EXPECT_EQ(table.next_hop("NORTH/CLINIC"), NextHop(Local{}));
  EXPECT_EQ(table.next_hop("SOUTH/HUB"), NextHop(Via{"SOUTH/HUB"}));
  EXPECT_EQ(table.next_hop("SOUTH/DESK"), NextHop(Via{"SOUTH/HUB"}));
  EXPECT_EQ(table.next_hop("WEST/MINE"), NextHop(Unknown{}));
  EXPECT_EQ(table.next_hop(""), NextHop(Unknown{}));
  EXPECT_THAT(
      table.destinations_via("SOUTH/HUB", {"SOUTH/DESK", "EAST/SHIP", "SOUTH/HUB", "X/Y", "NORTH/CLINIC"}),
      ElementsAre("SOUTH/DESK", "SOUTH/HUB"));
}

TEST(Routing, EndsInCirclesAndAtUnknownHubs) {
  std::vector<RouteEntry> routes{{"A/A", "B/B"}, {"B/B", "A/A"}, {"C/C", "X/X"}, {"D/D", "D/D"}};
  for (int i = 0; i < 40; ++i) routes.push_back({"L/" + std::to_string(i), "L/" + std::to_string(i + 1)});
  routes.push_back({"L/40", ""});
  const RoutingTable table("NORTH/CLINIC", routes);
  for (const auto* lost : {"A/A", "B/B", "C/C", "D/D"})
    EXPECT_EQ(table.next_hop(lost), NextHop(Unknown{})) << lost;
  EXPECT_EQ(table.next_hop("L/0"), NextHop(Via{"L/40"}));
}

TEST(Routing, ComparesWholeNames) {
  const RoutingTable table("NORTH/CLINICNUMBER1", {{"NORTH/CLINICNUMBER2", ""}});
  EXPECT_EQ(table.next_hop("NORTH/CLINICNUMBER2"), NextHop(Via{"NORTH/CLINICNUMBER2"}));
}

TEST(Passage, EndsInCirclesAndAfterTooManyPostOffices) {
  EXPECT_EQ(check_passage({}, "A/A", 1), Passage::fine);
  EXPECT_EQ(check_passage({"B/B", "C/C"}, "A/A", 3), Passage::fine);
  EXPECT_EQ(check_passage({"B/B", "C/C", "D/D"}, "A/A", 3), Passage::hop_count_exceeded);
  EXPECT_EQ(check_passage({"B/B", "a/a"}, "A/A", 10), Passage::circular_route);
  EXPECT_EQ(check_passage({"B/NUMBERTEN1"}, "B/NUMBERTEN2", 10), Passage::fine);
}

}  // namespace
}  // namespace external::postoffice
