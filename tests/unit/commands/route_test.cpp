#include "support.h"

#include <external/engine/traffic.h>

#include <boost/json.hpp>

#include <traffic_view.h>

namespace external::commands::route_test {
namespace {

using namespace testing;
using test::PostOffice;

constexpr const char* letter = "From: a\nSubject: b\n\ntext\n";

// Lines 1 to 3 are the global ones.
constexpr std::string_view town = R"([External-Lan]
CommType = Tcp
[External-Inbound]
CommType = Tcp
Listen = 127.0.0.1:1
CommInOnly
[PostOffice SOUTH/HUB]
Address = 127.0.0.1:1
Instance = Lan, Inbound
Password = x
Regular = 30m
[PostOffice SOUTH/BRANCH]
Route = Indirect SOUTH/HUB
[PostOffice SOUTH/DESK]
Route = Indirect SOUTH/BRANCH
[PostOffice EAST/SHIP]
Password = x
[Group CREW]
Members = anna, EAST/SHIP/EVE
)";

TEST(Route, ShowsEachStepWithTheLineThatSaysSo) {
  PostOffice office(town);
  const auto used = office.use({"route", "south/desk"});
  EXPECT_EQ(used.exit, Exit::ok) << used.err;
  EXPECT_THAT(used.out, ContainsRegex("SOUTH/DESK +reached through SOUTH/BRANCH +external.ini:18"));
  EXPECT_THAT(used.out, ContainsRegex("SOUTH/BRANCH +reached through SOUTH/HUB +external.ini:16"));
  EXPECT_THAT(used.out, ContainsRegex("SOUTH/HUB +reached directly +external.ini:10"));
  EXPECT_THAT(used.out, ContainsRegex("Called by +Lan, Inbound does not dial \\(CommInOnly\\)"));
  EXPECT_THAT(used.out,
              ContainsRegex("Next call +now \\(at least 30m after the last call, Regular, external.ini:14"));
}

TEST(Route, ToAnUnknownPostOfficeIsNone) {
  PostOffice office(town);
  const auto used = office.use({"route", "WEST/MINE/BOB"});
  EXPECT_EQ(used.exit, Exit::no);
  EXPECT_THAT(used.out,
              HasSubstr("No way: no route: there is no [PostOffice WEST/MINE] in external.ini; add it."));
  EXPECT_EQ(office.use({"route", "nobody"}).exit, Exit::no);
  EXPECT_EQ(office.use({"route", "anna"}).exit, Exit::ok);
  EXPECT_EQ(office.use({"route", "SOUTH/HUB", "WEST/MINE"}).exit, Exit::no);
  EXPECT_EQ(office.use({"route"}).exit, Exit::usage);
  EXPECT_EQ(office.use({"route", "a/b/c/d"}).exit, Exit::data);
}

TEST(Route, SaysThatAPostOfficeOnlyCallsUs) {
  const auto used = PostOffice(town).use({"route", "EAST/SHIP"});
  EXPECT_EQ(used.exit, Exit::ok);
  EXPECT_THAT(used.out,
              ContainsRegex("Next call +never: it has no Phone or Address; mail waits until it calls"));
}

TEST(Route, OfAGroupIsThatOfItsMembers) {
  const auto used = PostOffice(town).use({"route", "crew"});
  EXPECT_EQ(used.exit, Exit::ok) << used.out;
  EXPECT_THAT(used.out,
              AllOf(HasSubstr("NORTH/CLINIC/CREW is a group:\n  NORTH/CLINIC/ANNA\n  EAST/SHIP/EVE\n"),
                    ContainsRegex("EAST/SHIP +reached directly")));
}

TEST(Route, SaysWhatAnAddressMeans) {
  PostOffice office("Alias = info: anna, SOUTH/HUB/CARL\nCatchAll = bert\nGateway = SOUTH/HUB\n" +
                    std::string(town) + "[PostOffice WEST/FARM]\nPassword = x\nDomain = farm.example\n");
  const auto route = [&](const std::string& to) { return office.use({"route", to}).out; };
  EXPECT_THAT(route("info"),
              AllOf(HasSubstr("NORTH/CLINIC/INFO is an alias of:\n  NORTH/CLINIC/ANNA\n  SOUTH/HUB/CARL\n"),
                    ContainsRegex("SOUTH/HUB +reached directly")));
  EXPECT_THAT(route("nobody"),
              HasSubstr("there is no mailbox NOBODY here; its mail goes to NORTH/CLINIC/BERT (CatchAll, "
                        "external.ini:5)\n"));
  EXPECT_THAT(route("Bob@gmail.example"), AllOf(HasSubstr("gmail.example belongs to no post office here; its "
                                                          "mail goes to the gateway SOUTH/HUB (Gateway, "
                                                          "external.ini:6)\n"),
                                                ContainsRegex("SOUTH/HUB +reached directly")));
  EXPECT_THAT(route("anna@clinic.example"),
              HasSubstr("clinic.example is a domain of NORTH/CLINIC (Domain, external.ini:3)\n"));
  EXPECT_THAT(route("eve@farm.example"),
              ContainsRegex("farm.example is a domain of WEST/FARM \\(Domain, external.ini:28\\)"));
  EXPECT_THAT(route("postmaster"), Not(HasSubstr("CatchAll")));
  EXPECT_EQ(office.use({"route", "nobody"}).exit, Exit::ok);
  const auto json = boost::json::parse(office.use({"route", "nobody", "--json"}).out);
  EXPECT_THAT(std::string(json.at("reasons").at(0).as_string()), HasSubstr("CatchAll"));
}

TEST(Mailbox, TakesNoNameOfAnAlias) {
  PostOffice office("Alias = \u00E4rzte: anna\n");
  const auto used = office.use({"mailbox", "add", "\u00C4RZTE"});
  EXPECT_EQ(used.exit, Exit::data);
  EXPECT_THAT(used.err,
              AllOf(HasSubstr("is an alias, "), HasSubstr("external.ini:4; give the mailbox another name")));
}

TEST(Mailbox, MayBeOfAnyScriptInEitherSpelling) {
  PostOffice office;
  EXPECT_EQ(office.use({"mailbox", "add", "ju\u0308rgen"}).err, "");
  EXPECT_THAT(office.use({"mailbox", "add", "J\u00DCRGEN"}).out, HasSubstr("exists already"));
  EXPECT_EQ(office.use({"send", "--to", "j\u00FCrgen@clinic.example"}, letter).exit, Exit::ok);
  EXPECT_EQ(office.queued().at(0).envelope.recipients.at(0).address, "NORTH/CLINIC/J\u00DCRGEN");
  EXPECT_EQ(office.use({"mailbox", "add", "..", "x"}).exit, Exit::data);
  EXPECT_EQ(office.use({"mailbox", "add", "a\u202Eb"}).exit, Exit::data);
}

TEST(Route, WaitsForIntervalsAndPauses) {
  PostOffice office(
      "[External-Lan]\nCommType = Tcp\n[PostOffice SOUTH/HUB]\nAddress = 127.0.0.1:1\nPassword = x\n");
  office.use({"send", "--to", "SOUTH/HUB/CARL"}, letter);
  {
    mailqueue::Queue queue(office.folder() / "queue.db");
    const auto now = std::chrono::system_clock::now();
    queue.fail_due({"SOUTH/HUB"}, "BUSY", now + std::chrono::hours(1), true, now + std::chrono::seconds(1));
  }
  const auto used = office.use({"route", "SOUTH/HUB", "--json"});
  const auto route = boost::json::parse(used.out).at("routes").at(0);
  EXPECT_EQ(route.at("waiting"), 1);
  EXPECT_EQ(route.at("may_call_why"), "the pause after the last attempt");
  EXPECT_TRUE(route.at("may_call_at").is_string());
  EXPECT_TRUE(route.at("exists").as_bool());
  EXPECT_EQ(route.at("next_hop"), "SOUTH/HUB");
}

TEST(Group, StandsForItsMembersWhenMailIsSent) {
  PostOffice office(town);
  const auto used = office.use({"send", "--to", "crew", "--to", "anna"}, "just text\n");
  ASSERT_EQ(used.exit, Exit::ok) << used.err;
  const auto queued = office.queued();
  ASSERT_THAT(queued, SizeIs(1));
  std::vector<std::string> open;
  for (const auto& recipient : queued[0].recipients) {
    if (recipient.state == mailqueue::State::queued) open.push_back(recipient.recipient.address);
  }
  EXPECT_THAT(open, UnorderedElementsAre("NORTH/CLINIC/ANNA", "EAST/SHIP/EVE"));
  EXPECT_THAT(office.content(queued[0].id), HasSubstr("To: <crew@clinic.example>"));
  EXPECT_THAT(office.content(queued[0].id), Not(HasSubstr("eve@ship.east")));
}

TEST(Group, TakesNoNameOfAMailbox) {
  PostOffice office(town);
  const auto used = office.use({"mailbox", "add", "Crew"});
  EXPECT_EQ(used.exit, Exit::data);
  EXPECT_THAT(used.err, AllOf(HasSubstr("Crew is a group, "),
                              HasSubstr("external.ini:21; give the mailbox another name")));
}

TEST(Defect, Q127953_AGroupMadeAMomentAgoGetsItsMail) {
  PostOffice office(town);
  EXPECT_EQ(office.use({"send", "--to", "staff"}, letter).exit, Exit::no_user);
  test::write_file(office.config(), test::read_file(office.config()) + "[Group STAFF]\nMembers = bert\n");
  EXPECT_EQ(office.use({"send", "--to", "staff"}, letter).exit, Exit::ok);
}

TEST(Defect, Q133719_TooLargeAMessageIsRefusedAtOnce) {
  PostOffice office("MaxLanMailSize = 1K\n" + std::string(test::south));
  const auto used =
      office.use({"send", "--to", "SOUTH/BRANCH/DORA"}, std::string("A: b\n\n") + std::string(2000, 'x'));
  EXPECT_EQ(used.exit, Exit::data);
  EXPECT_EQ(
      used.err,
      "external: nothing sent: [009] Mail maximum size exceeded sending to: SOUTH/BRANCH (no message of more "
      "than 1K may go to SOUTH/BRANCH (MaxLanMailSize)); send it in parts\n");
  EXPECT_THAT(office.queued(), IsEmpty());
  EXPECT_EQ(office.use({"send", "--to", "anna"}, std::string("A: b\n\n") + std::string(2000, 'x')).exit,
            Exit::data);
  EXPECT_EQ(office.use({"send", "--to", "SOUTH/BRANCH/DORA"}, letter).exit, Exit::ok);
}

TEST(Send, RefusesWhereTooMuchWaitsAlready) {
  PostOffice office(std::string(test::south) +
                    "[PostOffice SOUTH/SMALL]\nAddress = 127.0.0.1:1\nPassword = x\n"
                    "MaxQueued = 1\n");
  EXPECT_EQ(office.use({"send", "--to", "SOUTH/SMALL/X"}, letter).exit, Exit::ok);
  const auto used = office.use({"send", "--to", "SOUTH/SMALL/X"}, letter);
  EXPECT_EQ(used.exit, Exit::try_later);
  EXPECT_EQ(
      used.err,
      "external: nothing sent: 1 message waits for SOUTH/SMALL already, as many as may (MaxQueued); send it "
      "again later, or see why it waits: external queue list\n");
  EXPECT_EQ(office.use({"send", "--to", "SOUTH/HUB/X"}, letter).exit, Exit::ok);
}

TEST(Status, ShowsMailExchanged) {
  PostOffice office(test::south);
  {
    mailqueue::Queue queue(office.folder() / "queue.db");
    queue.count_received("SOUTH/HUB", 1234, std::chrono::system_clock::now());
  }
  EXPECT_THAT(office.use({"status"}).out, ContainsRegex("SOUTH/HUB +0 +0 +0 +0 +1 +1"));
  const auto status = boost::json::parse(office.use({"status", "--json"}).out);
  EXPECT_EQ(status.at("traffic").at(0).at("year").at("received_bytes"), 1234);
}

TEST(Defect, Q136008_EveryPostOfficeIsShown) {
  std::vector<control::TrafficStatus> traffic(40);
  for (std::size_t i = 0; i < traffic.size(); ++i) traffic[i].post_office = "NET/OFFICE" + std::to_string(i);
  const auto table = traffic_table(traffic);
  for (const auto& one : traffic) EXPECT_THAT(table, HasSubstr(one.post_office + " "));
}

}  // namespace
}  // namespace external::commands::route_test
