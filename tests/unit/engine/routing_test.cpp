#include "mail_net.h"

namespace external::engine::routing_test {
namespace {

using namespace std::chrono_literals;
using test_net::call;
using test_net::Node;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string neighbour(const std::string& name, const std::string& more = "") {
  return "[PostOffice " + name + "]\nPassword = x\n" + more;
}

std::string behind(const std::string& name, const std::string& hub) {
  return "[PostOffice " + name + "]\nRoute = Indirect " + hub + "\n";
}

std::string all_text(const Survey& survey) {
  std::string text;
  for (const auto& event : survey.events) text += event.text + "\n";
  return text;
}

/// CLINIC - HUB - SHIP, and BRANCH behind SHIP.
struct Line {
  test::VirtualWorld world;
  Node clinic{world, "NORTH/CLINIC",
              neighbour("NORTH/HUB") + behind("WEST/SHIP", "NORTH/HUB") + behind("WEST/BRANCH", "WEST/SHIP")};
  Node hub{world, "NORTH/HUB",
           neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP") + behind("WEST/BRANCH", "WEST/SHIP")};
  Node ship{world, "WEST/SHIP",
            neighbour("NORTH/HUB") + behind("NORTH/CLINIC", "NORTH/HUB") + neighbour("WEST/BRANCH")};
  Node branch{
      world, "WEST/BRANCH",
      neighbour("WEST/SHIP") + behind("NORTH/HUB", "WEST/SHIP") + behind("NORTH/CLINIC", "NORTH/HUB")};
};

TEST(Routing, LeadsOverHubsOfHubs) {
  Line town;
  town.clinic.send({"WEST/BRANCH/ANNA"});
  ASSERT_TRUE(call(town.world, town.clinic, town.hub).ok);
  ASSERT_TRUE(call(town.world, town.hub, town.ship).ok);
  ASSERT_TRUE(call(town.world, town.ship, town.branch).ok);
  town.branch.survey();
  ASSERT_THAT(town.branch.mailbox(), SizeIs(1));
  EXPECT_THAT(town.branch.mailbox()[0], HasSubstr("NORTH/CLINIC, NORTH/HUB, WEST/SHIP"));
}

TEST(Routing, SendsOneCopyToTheNextPostOfficeHoweverManyRecipients) {
  Line town;
  const std::string content = "A: b\n\n" + std::string(40'000, 'x');
  std::vector<std::string> to;
  for (int i = 0; i < 60; ++i) {
    const auto office = i % 3 == 0 ? "NORTH/HUB/" : i % 3 == 1 ? "WEST/SHIP/" : "WEST/BRANCH/";
    to.push_back(office + std::string("BOX") + std::to_string(i));
  }
  town.clinic.send(to, content);
  const auto record = call(town.world, town.clinic, town.hub);
  ASSERT_TRUE(record.ok);
  ASSERT_THAT(record.caller.sent, SizeIs(1));
  EXPECT_THAT(record.caller.sent[0].envelope.recipients, SizeIs(60));
  EXPECT_EQ(record.content_bytes, content.size());
  EXPECT_LT(record.line_bytes, content.size() + 4000);
  // The hub keeps its own and hands one copy on.
  const auto next = call(town.world, town.hub, town.ship);
  ASSERT_THAT(next.caller.sent, SizeIs(1));
  EXPECT_THAT(next.caller.sent[0].envelope.recipients, SizeIs(40));
  EXPECT_EQ(next.content_bytes, content.size());
}

TEST(Defect, Q159181_EachNextPostOfficeGetsItsRecipientsOnly) {
  test::VirtualWorld world;
  Node hub(world, "NORTH/HUB", neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP") + neighbour("EAST/MINE"));
  Node ship(world, "WEST/SHIP", neighbour("NORTH/HUB"));
  Node mine(world, "EAST/MINE", neighbour("NORTH/HUB"));
  hub.send({"WEST/SHIP/A", "EAST/MINE/B", "WEST/SHIP/C"});
  const auto to_ship = call(world, hub, ship);
  const auto to_mine = call(world, hub, mine);
  ASSERT_THAT(to_ship.caller.sent, SizeIs(1));
  ASSERT_THAT(to_mine.caller.sent, SizeIs(1));
  EXPECT_THAT(to_ship.caller.sent[0].envelope.recipients, ElementsAre("WEST/SHIP/A", "WEST/SHIP/C"));
  EXPECT_THAT(to_mine.caller.sent[0].envelope.recipients, ElementsAre("EAST/MINE/B"));
  EXPECT_THAT(hub.queue().list(), IsEmpty());
}

TEST(Defect, Q117199_MailThatWaitsFollowsAChangedRoute) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC",
              neighbour("NORTH/HUB") + neighbour("NORTH/OTHER") + behind("WEST/SHIP", "NORTH/HUB"));
  clinic.send({"WEST/SHIP/ANNA"});
  auto hops = clinic.survey().hops;
  ASSERT_THAT(hops, SizeIs(1));
  EXPECT_EQ(hops[0].hop, "NORTH/HUB");
  clinic.open(neighbour("NORTH/HUB") + neighbour("NORTH/OTHER") + behind("WEST/SHIP", "NORTH/OTHER"));
  hops = clinic.survey().hops;
  ASSERT_THAT(hops, SizeIs(1));
  EXPECT_EQ(hops[0].hop, "NORTH/OTHER");
  Node other(world, "NORTH/OTHER", neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP"));
  EXPECT_THAT(call(world, clinic, other).caller.sent, SizeIs(1));
}

TEST(Defect, Q197182_APostOfficeBehindAHubIsReachedThroughItOnly) {
  Line town;
  town.clinic.send({"WEST/SHIP/ANNA"});
  const auto hops = town.clinic.survey().hops;
  ASSERT_THAT(hops, SizeIs(1));
  EXPECT_EQ(hops[0].hop, "NORTH/HUB");
  // Not even in a call with the post office itself, which came from there.
  Node ship(town.world, "WEST/SHIP", neighbour("NORTH/CLINIC"));
  EXPECT_THAT(call(town.world, ship, town.clinic).answerer.sent, IsEmpty());
}

TEST(Defect, Q118561_AnUnknownPostOfficeIsReturnedAtOnceByName) {
  Line town;
  town.clinic.send({"WEST/SHIP/ANNA", "EAST/MINE/BOB"});
  const auto survey = town.clinic.survey();
  EXPECT_THAT(all_text(survey),
              HasSubstr("[001] unable to deliver (no route to post office EAST/MINE); returned"));
  town.clinic.survey();
  ASSERT_THAT(town.clinic.mailbox(), SizeIs(1));
  EXPECT_THAT(town.clinic.mailbox()[0],
              AllOf(HasSubstr("EAST/MINE/BOB"), HasSubstr("no route to post office EAST/MINE")));
  EXPECT_THAT(town.clinic.survey().hops, SizeIs(1)) << "the other recipient waits on";
}

TEST(Routing, RefusesBeforeItsContentComesWhatHasNoWayOn) {
  Line town;
  town.clinic.open(neighbour("NORTH/HUB") + behind("EAST/MINE", "NORTH/HUB"));
  town.clinic.send({"EAST/MINE/BOB"}, "A: b\n\n" + std::string(200'000, 'x'));
  const auto record = call(town.world, town.clinic, town.hub);
  EXPECT_LT(record.line_bytes, 100'000u);
  ASSERT_THAT(record.caller.refusals, SizeIs(1));
  EXPECT_EQ(record.caller.refusals[0].text, "no route to post office EAST/MINE");
  const auto told = all_text(town.clinic.survey());
  EXPECT_THAT(told, HasSubstr("[001]")) << "the return stands in the log";
  town.clinic.survey();
  EXPECT_THAT(town.clinic.mailbox(), SizeIs(1));
}

TEST(Routing, ReturnsByNameWhatHasNoWayOnAndDeliversTheRest) {
  Line town;
  town.clinic.open(neighbour("NORTH/HUB") + behind("EAST/MINE", "NORTH/HUB"));
  town.clinic.send({"EAST/MINE/BOB", "NORTH/HUB/ANNA"});
  ASSERT_TRUE(call(town.world, town.clinic, town.hub).ok);
  const auto told = all_text(town.hub.survey());
  EXPECT_THAT(told, HasSubstr("not delivered to EAST/MINE/BOB"));
  EXPECT_THAT(told, HasSubstr("Delivered"));
  EXPECT_THAT(town.hub.mailbox(), SizeIs(1));
  call(town.world, town.hub, town.clinic);
  town.clinic.survey();
  EXPECT_THAT(town.clinic.mailbox(), ElementsAre(AllOf(HasSubstr("EAST/MINE/BOB"), HasSubstr("[001]"))));
}

TEST(Defect, Q103421_ARealCircleComesBackOnceWithItsWay) {
  test::VirtualWorld world;
  // Each believes that the other is the way to WEST/SHIP.
  Node clinic(world, "NORTH/CLINIC", neighbour("NORTH/HUB") + behind("WEST/SHIP", "NORTH/HUB"));
  Node hub(world, "NORTH/HUB", neighbour("NORTH/CLINIC") + behind("WEST/SHIP", "NORTH/CLINIC"));
  clinic.send({"WEST/SHIP/BOB"});
  ASSERT_THAT(call(world, clinic, hub).caller.sent, SizeIs(1));
  const auto back = call(world, hub, clinic);
  ASSERT_THAT(back.caller.refusals, SizeIs(1));
  EXPECT_EQ(back.caller.refusals[0].code, 4);
  EXPECT_THAT(all_text(hub.survey()), HasSubstr("[004] Message circular route detected. Message followed the "
                                                "following route: NORTH/CLINIC, NORTH/HUB"));
  call(world, hub, clinic);
  clinic.survey();
  ASSERT_THAT(clinic.mailbox(), SizeIs(1));
  EXPECT_THAT(clinic.mailbox()[0], AllOf(HasSubstr("  NORTH/CLINIC\n"), HasSubstr("  NORTH/HUB\n"),
                                         HasSubstr("while attempting to send to the following addresses:")));
}

TEST(Defect, Q147471_EachPostOfficeAppliesItsOwnHopCount) {
  Line town;
  town.ship.open(neighbour("NORTH/HUB") + behind("NORTH/CLINIC", "NORTH/HUB"), "HopCount = 2\n");
  town.clinic.send({"WEST/SHIP/ANNA"});
  call(town.world, town.clinic, town.hub);
  const auto record = call(town.world, town.hub, town.ship);
  ASSERT_THAT(record.caller.refusals, SizeIs(1));
  EXPECT_EQ(record.caller.refusals[0].code, 3);
  EXPECT_THAT(all_text(town.hub.survey()), HasSubstr("[003] Message hop count exceeded. Message followed the "
                                                     "following route: NORTH/CLINIC, NORTH/HUB"));
}

// --- groups ---

TEST(Defect, Q87396_MembersOnOtherPostOfficesGetTheirMail) {
  Line town;
  town.hub.add_mailbox("EVE");
  town.hub.open(neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP") +
                "[Group CREW]\nMembers = anna, eve, WEST/SHIP/ANNA, NORTH/CLINIC/ANNA\n");
  town.clinic.send({"NORTH/HUB/CREW"});
  ASSERT_TRUE(call(town.world, town.clinic, town.hub).ok);
  town.hub.survey();
  EXPECT_THAT(town.hub.mailbox("ANNA"), SizeIs(1));
  EXPECT_THAT(town.hub.mailbox("EVE"), SizeIs(1));
  EXPECT_TRUE(call(town.world, town.hub, town.ship).ok);
  town.ship.survey();
  EXPECT_THAT(town.ship.mailbox(), SizeIs(1));
  // Also to where it came from, which is no circle.
  const auto back = call(town.world, town.hub, town.clinic);
  EXPECT_THAT(back.caller.refusals, IsEmpty());
  town.clinic.survey();
  EXPECT_THAT(town.clinic.mailbox(), SizeIs(1));
  EXPECT_THAT(town.hub.queue().list(), IsEmpty());
}

TEST(Defect, Q117804_EachMemberThatCannotBeReachedIsReportedByName) {
  Line town;
  town.hub.open(neighbour("NORTH/CLINIC") + "[Group CREW]\nMembers = anna, nobody, EAST/MINE/BOB\n");
  town.clinic.send({"NORTH/HUB/CREW"});
  ASSERT_TRUE(call(town.world, town.clinic, town.hub).ok);
  town.hub.survey();
  EXPECT_THAT(town.hub.mailbox("ANNA"), SizeIs(1));
  call(town.world, town.hub, town.clinic);
  town.clinic.survey();
  const auto notices = town.clinic.mailbox();
  ASSERT_THAT(notices, SizeIs(2));
  const auto both = notices[0] + notices[1];
  EXPECT_THAT(both,
              AllOf(HasSubstr("  EAST/MINE/BOB\n"), HasSubstr("  NORTH/HUB/NOBODY\n"), HasSubstr("[001]"),
                    HasSubstr("[002]"), Not(HasSubstr("  NORTH/HUB/ANNA\n")), Not(HasSubstr("CREW\n"))));
}

TEST(Defect, Q117647_GroupsThatLeadToEachOtherEndAndNobodyGetsTwo) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC", neighbour("NORTH/HUB") + "[Group ALL]\nMembers = anna, NORTH/HUB/ALL\n");
  Node hub(world, "NORTH/HUB",
           neighbour("NORTH/CLINIC") + "[Group ALL]\nMembers = anna, NORTH/CLINIC/ALL, NORTH/CLINIC/ANNA\n");
  clinic.send({"ALL", "NORTH/HUB/ANNA"});
  for (int round = 0; round < 3; ++round) {
    clinic.survey();
    const auto there = call(world, clinic, hub);
    EXPECT_TRUE(there.ok);
    EXPECT_THAT(there.caller.refusals, IsEmpty());
    hub.survey();
    EXPECT_THAT(call(world, hub, clinic).caller.refusals, IsEmpty());
  }
  EXPECT_THAT(clinic.mailbox(), SizeIs(1));
  EXPECT_THAT(hub.mailbox(), SizeIs(1));
  EXPECT_THAT(clinic.queue().list(), IsEmpty());
  EXPECT_THAT(hub.queue().list(), IsEmpty());
}

TEST(Groups, ThatComeInPiecesAreExpandedAsWell) {
  Line town;
  town.hub.open(neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP") +
                "[Group CREW]\nMembers = anna, WEST/SHIP/ANNA\n");
  town.clinic.send({"NORTH/HUB/CREW"}, "A: b\n\n" + std::string(300'000, 'x'));
  ASSERT_TRUE(call(town.world, town.clinic, town.hub).ok);
  town.hub.survey();
  EXPECT_THAT(town.hub.mailbox(), SizeIs(1));
  EXPECT_THAT(call(town.world, town.hub, town.ship).caller.sent, SizeIs(1));
}

TEST(Groups, AreNoMailboxes) {
  test::VirtualWorld world;
  Node node(world, "NORTH/CLINIC", "");
  try {
    node.open("[Group Anna]\nMembers = bob\n");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              (node.folder / "external.ini").string() +
                  ":5: error: [Group ANNA]: there is a mailbox ANNA too; rename the "
                  "group, or: external mailbox remove ANNA");
  }
}

TEST(Groups, MustHaveAMailboxAndAddresses) {
  const auto trouble = [](const std::string& groups) -> std::string {
    test::VirtualWorld world;
    Node node(world, "NORTH/CLINIC", "");
    try {
      node.open(groups);
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  EXPECT_THAT(trouble("[Group A]\nMembers = B\n[Group B]\nMembers = A\n"),
              HasSubstr(":5: error: [Group A]: its members lead back to itself and to no mailbox"));
  EXPECT_THAT(trouble("[Group A]\nMembers = x, a/b\n"),
              HasSubstr(":5: error: [Group A]: member a/b: write NETWORK/POSTOFFICE/MAILBOX"));
}

// --- limits ---

TEST(Defect, Q131852_TooLargeForAStepOfTheWayIsReturnedWithItsLimit) {
  Line town;
  town.hub.open(neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP", "MaxMailSize = 10K\n") +
                behind("WEST/BRANCH", "WEST/SHIP"));
  town.clinic.send({"WEST/BRANCH/ANNA"}, "A: b\n\n" + std::string(20'000, 'x'));
  town.clinic.send({"WEST/BRANCH/ANNA"}, "A: b\n\n" + std::string(9'000, 'x'));
  const auto record = call(town.world, town.clinic, town.hub);
  ASSERT_THAT(record.caller.refusals, SizeIs(1));
  EXPECT_EQ(record.caller.refusals[0].code, 9);
  EXPECT_EQ(record.caller.refusals[0].text, "no message of more than 10K may go to WEST/SHIP (MaxMailSize)");
  EXPECT_THAT(record.caller.sent, SizeIs(1));
  town.clinic.survey();
  town.clinic.survey();
  ASSERT_THAT(town.clinic.mailbox(), SizeIs(1));
  EXPECT_THAT(town.clinic.mailbox()[0], HasSubstr("[009] Mail maximum size exceeded sending to:"));
}

TEST(Limits, ReturnWhatTheyStopAndLetTheOtherRecipientsHaveTheirs) {
  Line town;
  town.hub.open(neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP"), "");
  town.hub.open(neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP", "MaxMailSize = 10K\n"));
  town.clinic.send({"WEST/SHIP/ANNA", "NORTH/HUB/ANNA"}, "A: b\n\n" + std::string(20'000, 'x'));
  const auto record = call(town.world, town.clinic, town.hub);
  EXPECT_THAT(record.caller.sent, SizeIs(1));
  EXPECT_THAT(all_text(town.hub.survey()), HasSubstr("[009]"));
  EXPECT_THAT(town.hub.mailbox(), SizeIs(1));
}

TEST(Limits, HoldForMailThatWaitsAlready) {
  Line town;
  town.clinic.send({"WEST/SHIP/ANNA"}, "A: b\n\n" + std::string(20'000, 'x'));
  town.clinic.send({"WEST/SHIP/ANNA"}, "A: b\n\n" + std::string(2'000, 'x'));
  town.clinic.survey();
  town.clinic.open(neighbour("NORTH/HUB") + behind("WEST/SHIP", "NORTH/HUB"), "MaxLanMailSize = 10K\n");
  EXPECT_THAT(all_text(town.clinic.survey()), AllOf(HasSubstr("[009]"), HasSubstr("MaxLanMailSize")));
  mailqueue::Filter for_ship;
  for_ship.destination = "WEST/SHIP";
  EXPECT_THAT(town.clinic.queue().list(for_ship), SizeIs(1));
  town.clinic.survey();
  EXPECT_THAT(town.clinic.mailbox(), SizeIs(1)) << "a notice has no limit, though it holds the original";
}

TEST(Limits, StopMailForAPostOfficeWhereTooMuchWaits) {
  Line town;
  town.hub.open(neighbour("NORTH/CLINIC") + neighbour("WEST/SHIP", "MaxQueued = 2\n") +
                behind("WEST/BRANCH", "WEST/SHIP"));
  town.hub.send({"WEST/SHIP/ANNA"});
  town.clinic.send({"WEST/BRANCH/ANNA"});
  town.clinic.send({"WEST/BRANCH/BOB"});
  const auto record = call(town.world, town.clinic, town.hub);
  EXPECT_THAT(record.caller.sent, SizeIs(1));
  ASSERT_THAT(record.caller.refusals, SizeIs(1));
  EXPECT_EQ(record.caller.refusals[0].text,
            "2 messages wait for WEST/SHIP already, as many as may (MaxQueued)");
}

TEST(Limits, CountBytesThatWait) {
  test::VirtualWorld world;
  Node hub(world, "NORTH/HUB", neighbour("WEST/SHIP", "MaxQueuedSize = 10K\n"));
  hub.send({"WEST/SHIP/ANNA"}, "A: b\n\n" + std::string(6'000, 'x'));
  const auto queue = hub.queue();
  EXPECT_FALSE(hub.store->directory()->backlog_of(queue, "WEST/SHIP", 4'000));
  EXPECT_TRUE(hub.store->directory()->backlog_of(queue, "WEST/SHIP", 5'000));
  EXPECT_FALSE(hub.store->directory()->backlog_of(queue, "NORTH/HUB", 5'000));
}

// --- counters ---

TEST(Defect, Q130067_CountersAreKeptWithTheMail) {
  Line town;
  town.clinic.send({"NORTH/HUB/ANNA", "WEST/SHIP/ANNA"}, "A: b\n\n" + std::string(1'000, 'x'));
  call(town.world, town.clinic, town.hub);
  const auto sent = town.clinic.survey().traffic;
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].post_office, "NORTH/HUB");
  EXPECT_EQ(sent[0].session.sent, (MailCount{1, 1006}));
  EXPECT_EQ(sent[0].month, sent[0].session);
  EXPECT_EQ(sent[0].year, sent[0].session);
  const auto received = town.hub.survey().traffic;
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_EQ(received[0].post_office, "NORTH/CLINIC");
  EXPECT_EQ(received[0].session.received, (MailCount{1, 1006}));
  EXPECT_EQ(received[0].session.sent, MailCount{});
  // A new run begins its session with nothing, and has lost nothing.
  town.clinic.open(neighbour("NORTH/HUB"));
  const auto later = town.clinic.survey().traffic;
  EXPECT_EQ(later[0].session, TrafficReport::Span{});
  EXPECT_EQ(later[0].year.sent, (MailCount{1, 1006}));
}

}  // namespace
}  // namespace external::engine::routing_test
