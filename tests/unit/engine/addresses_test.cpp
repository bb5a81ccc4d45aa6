#include "mail_net.h"

#include <external/postoffice/trace.h>

namespace external::engine::addresses_test {
namespace {

using namespace ::testing;
using test_net::call;
using test_net::Node;

std::string neighbour(const std::string& name, const std::string& more = "") {
  return "[PostOffice " + name + "]\nPassword = x\n" + more;
}

std::string all_text(const Survey& survey) {
  std::string text;
  for (const auto& event : survey.events) text += event.text + "\n";
  return text;
}

/// Why a post office with these settings does not start; empty if it does.
std::string complaint(const std::string& global, const std::string& sections = "") {
  test::VirtualWorld world;
  try {
    Node node(world, "NORTH/CLINIC", neighbour("SOUTH/HUB") + sections, global);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::vector<std::string> open_recipients(const mailqueue::MessageView& message) {
  std::vector<std::string> open;
  for (const auto& status : message.recipients) {
    if (status.state == mailqueue::State::queued) open.push_back(status.recipient.address);
  }
  return open;
}

// --- aliases and catch-all ---

TEST(Alias, IsAnotherNameForItsMembers) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC", neighbour("SOUTH/HUB"),
              "Alias = info: anna\nAlias = \u00E4rzte: info, SOUTH/HUB/CARL\n");
  clinic.send({"INFO"});
  clinic.survey();
  EXPECT_THAT(clinic.mailbox(), ElementsAre(AllOf(HasSubstr("Delivered-To: anna@clinic.north\n"),
                                                  HasSubstr("X-Original-To: info@clinic.north\n"))));
  clinic.send({"\u00C4RZTE"});
  clinic.survey();
  EXPECT_THAT(clinic.mailbox(), SizeIs(2));
  EXPECT_THAT(open_recipients(clinic.queue().list().at(0)), ElementsAre("SOUTH/HUB/CARL"));
}

TEST(Alias, HandsTheSendersWishesOn) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC", neighbour("SOUTH/HUB"), "Alias = info: SOUTH/HUB/CARL\n");
  mailqueue::Envelope envelope;
  envelope.recipients = {{"NORTH/CLINIC/INFO", "NORTH/CLINIC", mailqueue::never, ""}};
  EXPECT_THAT(clinic.store->directory()->expand(envelope), ElementsAre("NORTH/CLINIC/INFO"));
  ASSERT_THAT(envelope.recipients, SizeIs(2));
  EXPECT_EQ(envelope.recipients[1].notify, mailqueue::never);
  EXPECT_EQ(envelope.recipients[1].original, "rfc822;info@clinic.north");
}

TEST(Alias, ThatIsUsedFromElsewhereLeadsBackWithoutACircle) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC", neighbour("SOUTH/HUB"));
  Node hub(world, "SOUTH/HUB", neighbour("NORTH/CLINIC"), "Alias = info: NORTH/CLINIC/ANNA\n");
  clinic.send({"SOUTH/HUB/INFO"});
  ASSERT_TRUE(call(world, clinic, hub).ok);
  ASSERT_TRUE(call(world, hub, clinic).ok);
  clinic.survey();
  EXPECT_THAT(clinic.mailbox(), SizeIs(1));
}

TEST(Alias, MustBeANameOfItsOwn) {
  EXPECT_THAT(complaint("Alias = anna: SOUTH/HUB/CARL\n"),
              HasSubstr(":3: error: Alias anna: there is a mailbox ANNA too; rename the alias"));
  EXPECT_THAT(complaint("Alias = Crew: anna\n", "[Group CREW]\nMembers = anna\n"),
              HasSubstr(":3: error: Alias Crew: [Group CREW] has that name; keep one of them"));
  EXPECT_THAT(complaint("Alias = info: anna\nAlias = INFO: anna\n"),
              HasSubstr(":4: error: Alias INFO: the alias in line 3 has that name"));
  EXPECT_THAT(complaint("Alias = postmaster: anna\n"),
              HasSubstr("every post office has a mailbox of that name"));
  EXPECT_THAT(complaint("Alias = x@hub.south: anna\n"), HasSubstr("it is an address of SOUTH/HUB"));
  EXPECT_THAT(complaint("Alias = a b: anna\n"), HasSubstr("the mailbox may have letters"));
}

TEST(Alias, MayNotLeadBackToItself) {
  EXPECT_THAT(
      complaint("Alias = a: b\nAlias = b: c, anna\nAlias = c: a\n"),
      HasSubstr(":3: error: Alias a: it leads back to itself, A -> B -> C -> A; take one of them out"));
  EXPECT_THAT(complaint("Alias = a: crew\n", "[Group CREW]\nMembers = a, anna\n"),
              HasSubstr("A -> CREW -> A"));
  EXPECT_THAT(complaint("Alias = a: b/c\n"), HasSubstr(":3: error: Alias a: member b/c: write NETWORK"));
  EXPECT_EQ(complaint("Alias = a: b, anna\nAlias = b: anna\n"), "");
}

TEST(CatchAllMail, GetsWhatNobodyElseGets) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC", neighbour("SOUTH/HUB"), "CatchAll = anna\n");
  Node hub(world, "SOUTH/HUB", neighbour("NORTH/CLINIC"));
  clinic.send({"nobody", "nowhere", "anna"});
  hub.send({"NORTH/CLINIC/EVE"});
  ASSERT_TRUE(call(world, hub, clinic).ok);
  clinic.survey();
  const auto mail = clinic.mailbox();
  EXPECT_THAT(mail, SizeIs(2)) << "each mailbox once";
  EXPECT_THAT(mail, Contains(HasSubstr("X-Original-To: eve@clinic.north\n")));
}

TEST(CatchAllMail, MayLiveElsewhere) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC", neighbour("SOUTH/HUB"), "CatchAll = carl@hub.south\n");
  Node hub(world, "SOUTH/HUB", neighbour("NORTH/CLINIC"));
  hub.add_mailbox("CARL");
  hub.send({"NORTH/CLINIC/EVE"});
  ASSERT_TRUE(call(world, hub, clinic).ok);
  ASSERT_TRUE(call(world, clinic, hub).ok);
  hub.survey();
  EXPECT_THAT(hub.mailbox("CARL"), SizeIs(1));
}

TEST(CatchAllMail, IsNeverThatOfPostmaster) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC", neighbour("SOUTH/HUB"), "CatchAll = anna\n");
  clinic.send({"Postmaster"});
  clinic.survey();
  EXPECT_THAT(clinic.mailbox(), IsEmpty());
  EXPECT_THAT(clinic.mailbox("POSTMASTER"), SizeIs(1)) << "made when it is needed";
}

TEST(CatchAllMail, IsThatOfMailboxesThatAreGone) {
  test::VirtualWorld world;
  Node clinic(world, "NORTH/CLINIC", neighbour("SOUTH/HUB"), "CatchAll = anna\n");
  clinic.add_mailbox("EVE");
  clinic.send({"EVE"});
  postoffice::Mailboxes(clinic.folder / "mail").remove("EVE", true);
  clinic.survey();
  EXPECT_THAT(clinic.mailbox(), SizeIs(1));
}

TEST(CatchAllMail, GoesToWhomItCanReach) {
  EXPECT_THAT(
      complaint("CatchAll = eve\n"),
      HasSubstr(
          ":3: error: CatchAll = eve: there is no such mailbox; make it with: external mailbox add EVE"));
  EXPECT_THAT(complaint("CatchAll = eve@mine.west\n"),
              HasSubstr("there is no route to post office WEST/MINE"));
  EXPECT_THAT(complaint("CatchAll = a/b\n"), HasSubstr("CatchAll = a/b: write NETWORK"));
  EXPECT_EQ(complaint("CatchAll = crew\n", "[Group CREW]\nMembers = anna\n"), "");
  EXPECT_EQ(complaint("CatchAll = postmaster\n"), "");
}

// --- the gateway ---

/// CLINIC, whose way to the Internet is HUB; BRANCH is known to HUB alone.
struct Town {
  test::VirtualWorld world;
  Node clinic{world, "NORTH/CLINIC", neighbour("SOUTH/HUB", "Domain = hub.example\n"),
              "Domain = clinic.example\nGateway = SOUTH/HUB\n"};
  Node hub{world, "SOUTH/HUB",
           neighbour("NORTH/CLINIC", "Domain = clinic.example\n") + neighbour("SOUTH/BRANCH"),
           "Domain = hub.example\nGateway = smtp://127.0.0.1:25\n"};
};

TEST(Gateway, CarriesMailOfTheInternetToTheHub) {
  Town town;
  town.clinic.send({"Bob@gmail.example", "dora@branch.south"});
  const auto hops = town.clinic.survey().hops;
  ASSERT_THAT(hops, SizeIs(1));
  EXPECT_EQ(hops[0].hop, "SOUTH/HUB");
  const auto record = call(town.world, town.clinic, town.hub);
  ASSERT_THAT(record.caller.sent, SizeIs(1));
  EXPECT_THAT(record.caller.sent[0].envelope.recipients,
              ElementsAre("SOUTH/HUB/Bob@gmail.example", "SOUTH/HUB/dora@branch.south"));
  const auto there = town.hub.queue().list();
  ASSERT_THAT(there, SizeIs(1));
  EXPECT_THAT(open_recipients(there[0]), ElementsAre("SOUTH/HUB/Bob@gmail.example", "SOUTH/BRANCH/DORA"))
      << "the hub knows better";
}

TEST(Gateway, IsTheWayBackToSendersOfTheInternet) {
  Town town;
  const auto now = town.world.clock.wall();
  auto envelope = postoffice::make_envelope({.from = "bob@gmail.example", .to = {"nobody@clinic.example"}},
                                            town.hub.store->directory()->book(), now);
  EXPECT_EQ(envelope.sender, "SOUTH/HUB/bob@gmail.example");
  town.hub.queue().accept(envelope, "A: b\n\n", now);
  town.clinic.open(neighbour("SOUTH/HUB"));  // it has no gateway itself
  ASSERT_TRUE(call(town.world, town.hub, town.clinic).ok);
  EXPECT_THAT(all_text(town.clinic.survey()), HasSubstr("to SOUTH/HUB/bob@gmail.example, not delivered to"));
  ASSERT_TRUE(call(town.world, town.clinic, town.hub).ok);
  const auto back = town.hub.queue().list();
  ASSERT_THAT(back, SizeIs(1));
  EXPECT_THAT(open_recipients(back[0]), ElementsAre("SOUTH/HUB/bob@gmail.example"));
}

TEST(Gateway, MissingLeavesSendersAsTheyAreAndTellsPostmaster) {
  test::VirtualWorld world;
  Node hub(world, "SOUTH/HUB", neighbour("NORTH/CLINIC"));
  Node clinic(world, "NORTH/CLINIC", neighbour("SOUTH/HUB"));
  const auto now = world.clock.wall();
  for (const auto* to : {"NORTH/CLINIC/ANNA", "NORTH/CLINIC/NOBODY"}) {
    auto envelope = postoffice::make_envelope({.from = "", .to = {to}}, hub.store->directory()->book(), now);
    envelope.sender = "Bob@gmail.example";
    envelope.recipients[0].notify.success = true;
    hub.queue().accept(envelope, "A: b\n\n", now);
  }
  ASSERT_TRUE(call(world, hub, clinic).ok);
  EXPECT_THAT(
      all_text(clinic.survey()),
      HasSubstr(
          "to POSTMASTER, not delivered to NORTH/CLINIC/NOBODY; no way back to Bob@gmail.example, add its "
          "post office or a Gateway"));
  EXPECT_THAT(clinic.mailbox(), ElementsAre(HasSubstr("Return-Path: <Bob@gmail.example>\n")));
  clinic.survey();
  EXPECT_THAT(clinic.mailbox("POSTMASTER"), ElementsAre(HasSubstr("FROM:    Bob@gmail.example\n")));
  EXPECT_THAT(clinic.queue().list(), IsEmpty()) << "no receipt for nobody";
}

TEST(Gateway, NeverDeliversToAMailboxHereOfTheSameName) {
  Town town;
  town.clinic.send({"anna@gmail.example"});
  ASSERT_TRUE(call(town.world, town.clinic, town.hub).ok);
  town.hub.survey();
  EXPECT_THAT(town.hub.mailbox(), IsEmpty());
}

TEST(Gateway, MustHaveARoute) {
  EXPECT_THAT(complaint("Gateway = SOUTH/HUP\n"),
              HasSubstr(":3: error: Gateway = SOUTH/HUP: there is no route to it; did "
                        "you mean SOUTH/HUB?"));
  EXPECT_THAT(complaint("Gateway = north/clinic\n"), HasSubstr("this is the home post office itself"));
  EXPECT_EQ(complaint("Gateway = south/hub\n"), "");
  EXPECT_EQ(complaint("Gateway = smtp://127.0.0.1:25\n"), "");
}

// --- what peers may say ---

session::Refusal refusal_of(const std::string& sender, const std::string& recipient) {
  Town town;
  const auto now = town.world.clock.wall();
  mailqueue::Envelope envelope;
  envelope.key = "0123@NORTH/CLINIC";
  envelope.sender = sender;
  envelope.recipients = {{recipient, "SOUTH/HUB"}};
  envelope.accepted = now;
  town.clinic.queue().accept(envelope, "A: b\n\n", now);
  const auto record = call(town.world, town.clinic, town.hub);
  EXPECT_TRUE(record.ok);
  return record.caller.refusals.empty() ? session::Refusal{} : record.caller.refusals[0];
}

TEST(AddressesInCalls, PassInEachScriptAndOfEachLength) {
  const std::string longest = std::string(64, 'a') + "@" + std::string(60, 'b') + "." + std::string(60, 'c') +
                              "." + std::string(59, 'd') + ".example";
  EXPECT_EQ(longest.size(), 254U);
  Town town;
  town.hub.add_mailbox("j\u00FCrgen");
  town.clinic.send({"J\u00DCRGEN@hub.example", longest});
  ASSERT_TRUE(call(town.world, town.clinic, town.hub).ok);
  town.hub.survey();
  EXPECT_THAT(town.hub.mailbox("j\u00FCrgen"),
              ElementsAre(AllOf(HasSubstr("Delivered-To: j\u00FCrgen@hub.example\n"),
                                HasSubstr("Return-Path: <anna@clinic.example>\n"))));
}

TEST(AddressesInCalls, ThatAreNoneAreRefused) {
  EXPECT_EQ(refusal_of("NORTH/CLINIC/ANNA", "SOUTH/HUB/ANNA").code, 0);
  EXPECT_EQ(refusal_of("somebody somewhere", "SOUTH/HUB/ANNA").code, 0) << "kept as it is";
  for (const auto* bad :
       {"SOUTH/HUB/../..", "SOUTH/HUB/a\nb", "SOUTH/HUB/\xC0\xAE", "SOUTH/HUB/a/b@gmail.example",
        "SOUTH/HUB/|x@gmail.example", "SOUTH/HUB/a@b@c.example"}) {
    EXPECT_EQ(refusal_of("NORTH/CLINIC/ANNA", bad).code, 2) << bad;
  }
  EXPECT_THAT(refusal_of("a\nX-Evil: b", "SOUTH/HUB/ANNA").text,
              HasSubstr("the sender's address holds control"));
  EXPECT_THAT(refusal_of(std::string(400, 'x'), "SOUTH/HUB/ANNA").text, HasSubstr("more than 320 bytes"));
}

}  // namespace
}  // namespace external::engine::addresses_test
