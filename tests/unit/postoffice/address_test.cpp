#include <external/postoffice/address.h>
#include <external/postoffice/route.h>

#include <gmock/gmock.h>

#include <random>

namespace external::postoffice::address_test {
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
  const std::string letters = "ABZ09.#$&'*+-=?^_`{|}~";
  for (int round = 0; round < 3000; ++round) {
    std::string mailbox;
    for (auto length = 1 + random() % 64; length > 0; --length) mailbox += letters[random() % letters.size()];
    try {
      const Address address{"SOUTH", "HUB", parse_mailbox(mailbox)};
      EXPECT_EQ(parse_address(address.text(), book), address);
      EXPECT_EQ(parse_address(address.mail(), book), address);
    } catch (const BadAddress&) {
      EXPECT_TRUE(mailbox.front() == '.' || mailbox.front() == '-' || mailbox.front() == '|' ||
                  mailbox.back() == '.' || mailbox.find("..") != std::string::npos)
          << mailbox;
    }
  }
}

TEST(Address, SaysWhyItIsRefused) {
  EXPECT_THAT(complaint(""), HasSubstr("empty"));
  EXPECT_THAT(complaint("<>"), HasSubstr("empty"));
  EXPECT_THAT(complaint("HUB/ANNA"), HasSubstr("NETWORK/POSTOFFICE/MAILBOX"));
  EXPECT_THAT(complaint("A/B/C/D"), HasSubstr("the mailbox may have"));
  EXPECT_THAT(complaint("SOUTH//ANNA"), HasSubstr("the post office is missing"));
  EXPECT_THAT(complaint("/HUB/ANNA"), HasSubstr("the network is missing"));
  EXPECT_THAT(complaint("SOUTH/HUB/"), HasSubstr("the mailbox is missing"));
  EXPECT_THAT(complaint("@hub.south"), HasSubstr("the mailbox is missing"));
  EXPECT_THAT(complaint("anna@"), HasSubstr("after the @ the domain is missing"));
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
                          "S/../ANNA"s,
                          "../H/ANNA"s,
                          "a/b@hub.south"s,
                          "..@hub.south"s,
                          "\"a b\"@hub.south"s,
                          "|prog@hub.south"s,
                          "a\\b"s,
                          "a:b"s,
                          "a;b"s,
                          "a,b"s,
                          "a<b"s,
                          "a@b@c@d.e.f"s}) {
    EXPECT_THROW(parse_address(bad, book), BadAddress) << bad;
  }
}

TEST(Address, WayThroughOtherHostsIsRefused) {
  EXPECT_THAT(complaint("@a.example,@b.example:anna@hub.south"), HasSubstr("prescribes a way"));
  EXPECT_THAT(complaint("anna%hub.south@clinic.example"), HasSubstr("a way through other hosts"));
  EXPECT_THAT(complaint("south!anna"), HasSubstr("a way through other hosts"));
  EXPECT_THAT(complaint("anna@hub.south@clinic.example"), HasSubstr("two @"));
  EXPECT_THAT(complaint("anna@[192.0.2.1]"), HasSubstr("brackets"));
  EXPECT_THAT(complaint("anna@hub.south."), HasSubstr("no name of a domain"));
  EXPECT_THAT(complaint("anna@hub/south"), HasSubstr("no name of a domain"));
}

TEST(Address, InQuotesIsTheOneWithout) {
  EXPECT_EQ(read("\"anna\"@hub.south"), "SOUTH/HUB/ANNA");
  EXPECT_EQ(read("\"an\\na\"@hub.south"), "SOUTH/HUB/ANNA");
  EXPECT_THAT(complaint("\"anna smith\"@hub.south"), HasSubstr("may have letters"));
  EXPECT_THAT(complaint("\"a@b\"@hub.south"), HasSubstr("may have letters"));
  EXPECT_THAT(complaint("\"\"@hub.south"), HasSubstr("the mailbox is missing"));
  EXPECT_THAT(complaint("\"anna@hub.south"), HasSubstr("quotes"));
  EXPECT_THAT(complaint("\"a\"b@hub.south"), HasSubstr("quotes"));
}

TEST(Address, OfEachScriptIsOneMailboxHoweverItIsSpelled) {
  const auto same = [](std::string_view one, std::string_view other) {
    EXPECT_EQ(read(one), read(other)) << one;
    EXPECT_EQ(read(mail_of(parse_address(one, book), book)), read(one)) << one;
  };
  same("J\u00FCrgen@hub.south", "ju\u0308RGEN@hub.south");  // composed and not
  EXPECT_EQ(read("j\u00FCrgen"), "NORTH/CLINIC/J\u00DCRGEN");
  EXPECT_EQ(mail_of(parse_address("J\u00DCRGEN", book), book), "j\u00FCrgen@clinic.example");
  same("\u0391\u039D\u039D\u0391", "\u03B1\u03BD\u03BD\u03B1");              // Greek
  same("\u03BF\u03B4\u03BF\u03C2", "\u039F\u0394\u039F\u03A3");              // a final sigma
  same("\u0430\u043D\u043D\u0430", "\u0410\u041D\u041D\u0410");              // Cyrillic
  same("\u05D0\u05D1\u05D2", "\u05D0\u05D1\u05D2");                          // Hebrew
  same("\u6751\u4E0A", "\u6751\u4E0A");                                      // Han
  same("\U0001F600\U0001F44B\U0001F3FD", "\U0001F600\U0001F44B\U0001F3FD");  // pictures
  same("q\u0323\u0307", "q\u0307\u0323");                                    // marks in any order
}

TEST(Address, OfAnotherLetterIsAnotherMailbox) {
  EXPECT_NE(read("\u0131van"), read("ivan"));  // dotless
  EXPECT_NE(read("\u0130van"), read("ivan"));  // with a dot
  EXPECT_NE(read("stra\u00DFe"), read("strasse"));
  EXPECT_NE(read("\u0430nna"), read("anna"));  // Cyrillic a
}

TEST(Address, ThatCouldDeceiveIsRefused) {
  using namespace std::string_literals;
  for (const auto& bad : {"an\u200Bna"s,           // zero width
                          "an\u200Dna"s,           // joiner
                          "an\u202Ena"s,           // turns the direction
                          "an\u00ADna"s,           // soft hyphen
                          "an\u00A0na"s,           // a blank that holds words together
                          "an\u0085na"s,           // control
                          "\uFEFFanna"s,           // mark of byte order
                          "\u0301anna"s,           // a mark without its letter
                          "\u2764\uFE0F"s,         // says how a picture is drawn
                          "a\uFF0Fb"s,             // '/' in full width
                          "\uFF41nna"s,            // 'a' in full width
                          "\uFB01nn"s,             // a ligature
                          "a\u2044b"s,             // looks like '/'
                          "a\u2024b"s,             // looks like '.'
                          "a\uFFFDb"s,             // what could not be read
                          "anna\u05D0"s,           // from the left and from the right
                          "\u05D0.a"s,             // the same
                          "\uE000"s,               // of nobody
                          "\U0010FFFF"s,           // no character
                          "\xC0\xAE\xC0\xAE"s,     // ".." in long form
                          "\xED\xA0\x80"s,         // half a pair
                          "\xC3"s,                 // half a character
                          "\xF4\x90\x80\x80"s}) {  // beyond Unicode
    EXPECT_THROW(parse_address(bad, book), BadAddress) << bad;
    EXPECT_THROW(parse_address("S/H/" + bad, book), BadAddress) << bad;
  }
}

TEST(Address, MayBeLongAndOdd) {
  const std::string smile = "\U0001F600";
  std::string faces;
  for (int i = 0; i < 63; ++i) faces += smile;
  EXPECT_EQ(read(faces), "NORTH/CLINIC/" + faces);
  EXPECT_THAT(complaint(faces + smile), HasSubstr("more than 255 bytes"));
  EXPECT_EQ(read(std::string(64, 'a')), "NORTH/CLINIC/" + std::string(64, 'A'));
  std::string umlauts;
  for (int i = 0; i < 64; ++i) umlauts += "\u00FC";
  EXPECT_NO_THROW(read(umlauts));
  EXPECT_THAT(complaint(umlauts + "a"), HasSubstr("more than 64"));
  EXPECT_THAT(complaint(std::string(1 << 20, 'a')), HasSubstr("more than 64"));
  for (const auto* odd : {"CON", "NUL", "$SYSTEM", "*SPECIAL", "~root", "0", "postmaster"})
    EXPECT_NO_THROW(read(odd));
}

/// A post office that knows its neighbours.
AddressBook clinic() {
  AddressBook all = book;
  all.complete = true;
  all.neighbours = {{"SOUTH/HUB", "hub.example"}, {"SOUTH/BRANCH", ""}};
  all.claimed = {{"hub.example", "SOUTH/HUB"}, {"mail.hub.example", "SOUTH/HUB"}};
  return all;
}

AddressBook clinic_with(const std::string& gateway) {
  auto all = clinic();
  all.gateway = gateway;
  return all;
}

TEST(Address, OfANeighbourMayHaveADomain) {
  const auto all = clinic();
  const Address carl{"SOUTH", "HUB", "CARL"};
  for (const auto* text : {"SOUTH/HUB/carl", "carl@hub.south", "carl@hub.example", "Carl@Mail.Hub.Example"})
    EXPECT_EQ(parse_address(text, all), carl) << text;
  EXPECT_EQ(mail_of(carl, all), "carl@hub.example");
  EXPECT_EQ(mail_of(Address{"SOUTH", "BRANCH", "DORA"}, all), "dora@branch.south");
  EXPECT_EQ(mail_of("anna", all), "anna@clinic.example");
  EXPECT_EQ(mail_of("a/b", all), "");
  EXPECT_EQ(mail_of("<Bob@mine.west>", all), "Bob@mine.west") << "of nobody: as it is written";
  EXPECT_EQ(mail_of("WEST/MINE/Bob@gmail.example", all), "Bob@gmail.example");
}

TEST(Address, OfTheInternetIsAMailboxOfTheGateway) {
  const auto all = clinic_with("SOUTH/HUB");
  const auto bob = parse_address("Bob.Smith@GMail.example", all);
  EXPECT_EQ(bob.text(), "SOUTH/HUB/Bob.Smith@gmail.example");
  EXPECT_EQ(bob.office(), "SOUTH/HUB");
  EXPECT_TRUE(bob.is_foreign());
  EXPECT_EQ(mail_of(bob, all), "Bob.Smith@gmail.example");
  EXPECT_EQ(bob.mail(), "Bob.Smith@gmail.example");
  EXPECT_EQ(parse_address(bob.text(), all), bob);
  EXPECT_EQ(parse_address("Bob.Smith@gmail.example", all), bob);
  EXPECT_EQ(parse_address("x@a.b.c.example", all).text(), "SOUTH/HUB/x@a.b.c.example");
  EXPECT_FALSE(parse_address("dora@branch.south", all).is_foreign());
  EXPECT_EQ(parse_address("eve@mine.west", all).text(), "SOUTH/HUB/eve@mine.west")
      << "nobody knows WEST/MINE";
}

TEST(Address, OfTheInternetIsRefusedWithoutAGateway) {
  const auto all = clinic();
  EXPECT_THROW(parse_address("x@a.b.c.example", all), BadAddress);
  EXPECT_THROW(parse_address("NORTH/CLINIC/x@a.example", all), BadAddress);
  EXPECT_EQ(parse_address("eve@mine.west", all).text(), "WEST/MINE/EVE");
  EXPECT_EQ(parse_address("SOUTH/HUB/x@a.example", all).text(), "SOUTH/HUB/x@a.example") << "that one can";
}

TEST(Address, OfTheInternetIsReadAgainByTheGateway) {
  AddressBook hub{"SOUTH/HUB", {"hub.example"}};
  hub.complete = true;
  hub.neighbours = {{"SOUTH/BRANCH", ""}, {"WEST/MINE", "mine.example"}};
  hub.claimed = {{"mine.example", "WEST/MINE"}};
  hub.gateway = "SOUTH/HUB";
  EXPECT_EQ(parse_address("SOUTH/HUB/eve@mine.example", hub).text(), "WEST/MINE/EVE");
  EXPECT_EQ(parse_address("SOUTH/HUB/carl@hub.example", hub).text(), "SOUTH/HUB/CARL");
  EXPECT_EQ(parse_address("SOUTH/HUB/Bob@gmail.example", hub).text(), "SOUTH/HUB/Bob@gmail.example");
  EXPECT_EQ(parse_address("NORTH/CLINIC/eve@mine.example", hub).text(), "NORTH/CLINIC/eve@mine.example");
  hub.gateway = "WEST/MINE";
  EXPECT_EQ(parse_address("SOUTH/HUB/Bob@gmail.example", hub).text(), "WEST/MINE/Bob@gmail.example");
}

TEST(Address, OfTheInternetIsCheckedAsWell) {
  const auto all = clinic_with("SOUTH/HUB");
  for (const auto* bad :
       {"a b@c.example", "-rf@c.example", "|prog@c.example", "..@c.example", "a/b@c.example", "a%b@c.example",
        "x!a@c.example", "a@localhost", "a@1.2.3.4", "a@[192.0.2.1]", "a@-c.example", "a@c..example",
        "a\n@c.example", "@c.example", "a@c.example/..", "SOUTH/HUB/a@b@c.example", "SOUTH/HUB/@c.example",
        "a@\xFF.example"})
    EXPECT_THROW(parse_address(bad, all), BadAddress) << bad;
  const auto longest = "a@" + std::string(60, 'b') + "." + std::string(60, 'c') + "." + std::string(60, 'd') +
                       "." + std::string(60, 'e') + ".example";
  EXPECT_EQ(longest.size(), 253U);
  EXPECT_NO_THROW(parse_address(longest, all));
  EXPECT_THAT([&] { parse_address("aa" + longest, all); },
              testing::ThrowsMessage<BadAddress>(HasSubstr("254 bytes")));
}

TEST(Address, UnderADomainInAnyScriptIsOne) {
  AddressBook all{"NORTH/CLINIC", {"xn--bcher-kva.example"}};
  all.complete = true;
  all.gateway = "NORTH/CLINIC";
  EXPECT_EQ(parse_address("anna@b\u00FCcher.example", all).text(), "NORTH/CLINIC/ANNA");
  EXPECT_EQ(parse_address("anna@BU\u0308CHER.example", all).text(), "NORTH/CLINIC/ANNA");
  EXPECT_EQ(parse_address("anna@XN--BCHER-KVA.example", all).text(), "NORTH/CLINIC/ANNA");
  EXPECT_EQ(mail_of("j\u00FCrgen", all), "j\u00FCrgen@xn--bcher-kva.example");
  EXPECT_EQ(parse_address("x@m\u00FCller.example", all).text(), "NORTH/CLINIC/x@xn--mller-kva.example");
  EXPECT_THROW(parse_address("x@xn--a-.example", all), BadAddress);
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
}  // namespace external::postoffice::address_test
