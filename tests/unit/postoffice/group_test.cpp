#include <external/postoffice/group.h>
#include <external/postoffice/route.h>
#include <external/postoffice/trace.h>

#include <gmock/gmock.h>

namespace external::postoffice::group_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const AddressBook book{"NORTH/CLINIC", {}};

std::vector<std::string> texts(const std::vector<Address>& addresses) {
  std::vector<std::string> all;
  for (const auto& address : addresses) all.push_back(address.text());
  return all;
}

std::vector<std::string> addresses(const mailqueue::Envelope& envelope) {
  std::vector<std::string> all;
  for (const auto& recipient : envelope.recipients) all.push_back(recipient.address);
  return all;
}

mailqueue::Envelope envelope_to(const std::vector<std::string>& to, std::vector<std::string> hops = {}) {
  mailqueue::Envelope envelope;
  envelope.hops = std::move(hops);
  for (const auto& text : to) {
    const auto address = parse_address(text, book);
    envelope.recipients.push_back({address.text(), address.office()});
  }
  return envelope;
}

TEST(Groups, HoldMailboxesHereElsewhereAndOtherGroups) {
  const Groups groups(book,
                      {{"all", {"anna", "SALES", "west/mine/eve"}}, {"SALES", {"bob@hub.south", "Anna"}}});
  const auto members = groups.expand(parse_address("ALL", book));
  EXPECT_THAT(texts(members.mailboxes), ElementsAre("NORTH/CLINIC/ANNA", "SOUTH/HUB/BOB", "WEST/MINE/EVE"));
  EXPECT_THAT(texts(members.groups), ElementsAre("NORTH/CLINIC/ALL", "NORTH/CLINIC/SALES"));
}

TEST(Groups, CutCircles) {
  const Groups groups(book, {{"A", {"B", "x"}}, {"B", {"C"}}, {"C", {"A", "B", "C", "y"}}});
  for (const auto* name : {"A", "B", "C"}) {
    EXPECT_THAT(texts(groups.expand(parse_address(name, book)).mailboxes),
                testing::UnorderedElementsAre("NORTH/CLINIC/X", "NORTH/CLINIC/Y"))
        << name;
  }
  EXPECT_THAT(Groups(book, {{"A", {"B"}}, {"B", {"A"}}}).expand(parse_address("A", book)).mailboxes,
              IsEmpty());
}

TEST(Groups, LeaveOtherAddressesAlone) {
  const Groups groups(book, {{"A", {"x"}}});
  EXPECT_THAT(texts(groups.expand(parse_address("SOUTH/HUB/A", book)).mailboxes), ElementsAre("SOUTH/HUB/A"));
  EXPECT_FALSE(groups.has(parse_address("SOUTH/HUB/A", book)));
}

TEST(Groups, NameTheMemberThatIsNoAddress) {
  try {
    Groups(book, {{"A", {"x", "a/b"}}});
    FAIL();
  } catch (const BadAddress& error) {
    EXPECT_THAT(error.what(), HasSubstr("[Group A]: member a/b: write NETWORK/POSTOFFICE/MAILBOX"));
  }
}

TEST(ExpandGroups, AddsEachMailboxOnce) {
  const Groups groups(book, {{"A", {"x", "y", "B"}}, {"B", {"y", "SOUTH/HUB/Z"}}});
  auto envelope = envelope_to({"y", "A", "B"});
  EXPECT_THAT(expand_groups(envelope, groups, book),
              ElementsAre("NORTH/CLINIC/A", "NORTH/CLINIC/B", "NORTH/CLINIC/B"));
  EXPECT_THAT(addresses(envelope), ElementsAre("NORTH/CLINIC/Y", "NORTH/CLINIC/A", "NORTH/CLINIC/B",
                                               "NORTH/CLINIC/X", "SOUTH/HUB/Z"));
  EXPECT_EQ(envelope.recipients.back().destination, "SOUTH/HUB");
  EXPECT_THAT(envelope.hops, IsEmpty());
}

TEST(ExpandGroups, LeavesKnownGroupsAlone) {
  const Groups groups(book, {{"A", {"x"}}});
  auto envelope = envelope_to({"A"});
  EXPECT_THAT(expand_groups(envelope, groups, book, {"NORTH/CLINIC/A"}), IsEmpty());
  EXPECT_THAT(addresses(envelope), ElementsAre("NORTH/CLINIC/A"));
}

TEST(ExpandGroups, BecomesAStepOfTheWay) {
  const Groups groups(book, {{"A", {"SOUTH/HUB/X"}}});
  auto envelope = envelope_to({"A"}, {"SOUTH/HUB", "EAST/SHIP"});
  expand_groups(envelope, groups, book);
  EXPECT_THAT(envelope.hops, ElementsAre("SOUTH/HUB", "EAST/SHIP", "NORTH/CLINIC/A"));
  // Its members may live where the message has been.
  envelope.hops.emplace_back("NORTH/CLINIC");
  EXPECT_EQ(check_passage(envelope.hops, "SOUTH/HUB", 10), Passage::fine);
  EXPECT_EQ(check_passage(envelope.hops, "NORTH/CLINIC", 10), Passage::circular_route);
  EXPECT_EQ(check_passage(envelope.hops, "SOUTH/HUB", 3), Passage::hop_count_exceeded);
  EXPECT_EQ(check_passage(envelope.hops, "SOUTH/HUB", 4), Passage::fine) << "a group is no post office";
}

TEST(ExpandGroups, IsToldInTheTrace) {
  const Trace trace{"key", "", parse_address("anna", book), {"SOUTH/HUB", "NORTH/CLINIC/A"}, {}};
  const auto headers = trace_headers(trace, "a: b\n");
  EXPECT_THAT(headers, HasSubstr("Received: from hub.south by"));
  EXPECT_THAT(headers, HasSubstr("(by way of SOUTH/HUB, NORTH/CLINIC/A)"));
}

TEST(Routing, ShowsTheWay) {
  const RoutingTable table(
      "N/HOME",
      {{"S/HUB", ""}, {"S/B", "S/HUB"}, {"S/C", "S/B"}, {"X/A", "X/B"}, {"X/B", "X/A"}, {"Y/A", "Y/B"}});
  EXPECT_EQ(table.way_to("S/C").end, Way::End::direct);
  EXPECT_THAT(table.way_to("S/C").steps, ElementsAre("S/C", "S/B", "S/HUB"));
  EXPECT_EQ(table.way_to("N/HOME").end, Way::End::local);
  EXPECT_EQ(table.way_to("X/A").end, Way::End::circle);
  EXPECT_THAT(table.way_to("X/A").steps, ElementsAre("X/A", "X/B", "X/A"));
  EXPECT_EQ(table.way_to("Y/A").end, Way::End::unknown);
  EXPECT_THAT(table.way_to("Y/A").steps, ElementsAre("Y/A", "Y/B"));
}

TEST(Defect, Q128627_NamesThatBeginAlikeAreNoCircle) {
  EXPECT_EQ(check_passage({"NORTH/CLINIC123", "SOUTH/CLINIC1234"}, "NORTH/CLINIC1234", 10), Passage::fine);
  EXPECT_EQ(check_passage({"NORTH/CLINIC1234"}, "NORTH/CLINIC123", 10), Passage::fine);
  const RoutingTable table("NORTH/CLINIC123", {{"NORTH/CLINIC1234", ""}});
  EXPECT_EQ(table.next_hop("NORTH/CLINIC1234"), NextHop(Via{"NORTH/CLINIC1234"}));
}

TEST(Defect, Q147471_TheLimitIsThatOfThisPostOffice) {
  const std::vector<std::string> hops{"A/A", "B/B", "C/C"};
  EXPECT_EQ(check_passage(hops, "N/N", 3), Passage::hop_count_exceeded);
  EXPECT_EQ(check_passage(hops, "N/N", 4), Passage::fine);
}

}  // namespace
}  // namespace external::postoffice::group_test
