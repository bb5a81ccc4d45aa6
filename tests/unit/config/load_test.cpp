#include <external/config/load.h>
#include <external/config/starter.h>

#include <gmock/gmock.h>

#include <temp_folder.h>

namespace external::config::load_test {
namespace {

using namespace std::chrono_literals;
using test::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr auto whole = R"(
[External]
HomePO       = north/clinic
Domain       = clinic.example, Mail.Example
LogSession   = log/Today.log        ; paths are relative to this file
RetryInterval = 5m

[External-Modem1]
CommType      = Async                 ; Async | Tcp
AsyncCommPort = /dev/ttyUSB0
asyncspeed    = 115200
DialMode      = p

[External - Lan]
CommType = Tcp
Listen   = 127.0.0.1:2666
RetryInterval = 10s

[PostOffice SOUTH/HUB]
Phone     = 5550002
Instance  = MODEM1
Password  = "any characters; even these"
Regular   = 30m
Retries   = 5

[PostOffice East/Ship]
Address   = ship.example:2666
Password  = x
Intervals = 01:00-05:00, 12:00-12:30

[PostOffice SOUTH/BRANCH]
Route     = Indirect south/hub
)";

Settings parse_whole(const std::vector<Override>& overrides = {}) {
  return parse(whole, "/srv/po/external.ini", overrides);
}

std::string complaints(std::string_view text, const std::vector<Override>& overrides = {}) {
  try {
    parse(text, "/po/external.ini", overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

// A configuration that is good but for what `more` adds.
std::string with(std::string_view more) {
  return "[External]\nHomePO=NORTH/CLINIC\n[External-M]\nAsyncCommPort=/dev/ttyS0\n" + std::string(more);
}

TEST(Load, ReadsEverything) {
  const auto settings = parse_whole();
  EXPECT_EQ(settings.home_po, "NORTH/CLINIC");
  EXPECT_THAT(settings.domains, ElementsAre("clinic.example", "mail.example"));
  EXPECT_EQ(settings.log_session, "/srv/po/log/Today.log");
  EXPECT_EQ(settings.mail_folder(), "/srv/po/mail");
  ASSERT_THAT(settings.instances, SizeIs(2));

  const auto& modem = settings.instances[0];
  EXPECT_EQ(modem.name, "Modem1");
  EXPECT_EQ(modem.comm_type, CommType::async);
  EXPECT_EQ(modem.async_comm_port, "/dev/ttyUSB0");
  EXPECT_EQ(modem.async_speed, 115200u);
  EXPECT_EQ(modem.dial_mode, DialMode::pulse);
  EXPECT_EQ(modem.comm_script, "GENERIC");
  EXPECT_EQ(modem.retry_interval, 5min);
  EXPECT_EQ(modem.stop_timeout, 15s);

  const auto& lan = settings.instances[1];
  EXPECT_EQ(lan.name, "Lan");
  EXPECT_EQ(lan.listen, (HostPort{"127.0.0.1", "2666"}));
  EXPECT_EQ(lan.retry_interval, 10s);

  const auto* hub = settings.find_post_office("south/hub");
  ASSERT_TRUE(hub);
  EXPECT_THAT(hub->instances, ElementsAre("Modem1"));
  EXPECT_EQ(hub->phone, "5550002");
  EXPECT_EQ(hub->password, "any characters; even these");
  EXPECT_EQ(hub->regular, 30min);
  EXPECT_EQ(hub->retries, 5u);

  const auto* ship = settings.find_post_office("EAST/SHIP");
  ASSERT_TRUE(ship);
  EXPECT_THAT(ship->instances, ElementsAre("Lan"));
  EXPECT_THAT(ship->intervals, SizeIs(2));

  const auto* branch = settings.find_post_office("SOUTH/BRANCH");
  ASSERT_TRUE(branch);
  EXPECT_EQ(branch->route, Route::indirect);
  EXPECT_EQ(branch->hub, "SOUTH/HUB");
}

TEST(Load, DefaultsOfExternalMayComeAfterTheInstances) {
  const auto settings =
      parse("[External-M]\nAsyncCommPort=/dev/a\n[External]\nHomePO=A/B\nAsyncSpeed=9600\n", "x.ini");
  EXPECT_EQ(settings.instances.at(0).async_speed, 9600u);
}

TEST(Load, LeavesTheLogBesideTheFileByDefault) {
  EXPECT_EQ(parse("[External]\nHomePO=A/B\n", "/po/x.ini").log_session, "/po/log/Session.log");
}

TEST(Load, TellsAllProblemsAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(
      complaints(
          "[External]\nHomePO = NORTH\nAsyncSped = 9600\n[PostOffice A/B]\nRoute = Indirect SOUTH/HUB\n"),
      "/po/external.ini:2: error: HomePO = NORTH: expected NETWORK/POSTOFFICE, for example NORTH/CLINIC\n"
      "/po/external.ini:3: error: unknown setting 'AsyncSped'; did you mean AsyncSpeed?\n"
      "/po/external.ini:5: error: [PostOffice A/B]: its hub SOUTH/HUB is unknown; add a section [PostOffice "
      "SOUTH/HUB]");
}

TEST(Load, NeedsAHomePostOffice) {
  EXPECT_EQ(complaints("[External]\n"),
            "/po/external.ini: error: HomePO is missing; add HomePO = NETWORK/POSTOFFICE under [External]");
}

TEST(Load, WaysOutAreKeptAsTheyAreWritten) {
  const auto settings = parse(
      "[External]\nHomePO=A/B\nDeliver=lmtp:/run/lmtp\nGateway=smtp://host:25\n[Mailbox Anna]\n"
      "Deliver=Maildir\n[PostOffice C/D]\nDeliver=|/bin/x {mailbox}\n",
      "/po/external.ini");
  EXPECT_EQ(settings.deliver, "lmtp:/run/lmtp");
  EXPECT_EQ(settings.gateway, "smtp://host:25");
  ASSERT_THAT(settings.mailboxes, SizeIs(1));
  EXPECT_EQ(settings.mailboxes[0].name, "Anna");
  EXPECT_EQ(settings.mailboxes[0].deliver, "Maildir");
  EXPECT_EQ(settings.mailboxes[0].line, 5);
  EXPECT_EQ(settings.post_offices.at(0).deliver, "|/bin/x {mailbox}");
  const auto with_hub = "[External]\nHomePO=A/B\nGateway=south/hub\n[PostOffice SOUTH/HUB]\nPassword=x\n";
  EXPECT_EQ(parse(with_hub, "/po/external.ini").gateway, "SOUTH/HUB");
}

TEST(Load, KnowsWhereAStraySettingBelongs) {
  EXPECT_THAT(complaints("[External]\nHomePO=A/B\nPasswordFile=x\n"),
              HasSubstr("it belongs under [PostOffice"));
  EXPECT_THAT(complaints("[External]\nHomePO=A/B\nQqqqqq=x\n"), HasSubstr("known here are HomePO, Domain"));
}

struct Bad {
  const char* text;
  const char* complaint;
};

class LoadBad : public ::testing::TestWithParam<Bad> {};

TEST_P(LoadBad, IsRefusedWithCauseAndCure) {
  EXPECT_THAT(complaints(with(GetParam().text)), HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    All, LoadBad,
    ::testing::Values(
        Bad{"[Letterbox x]\n", ":5: error: [Letterbox x]: unknown section"},
        Bad{"[Mailbox x]\n", ":5: error: [Mailbox x]: Deliver is missing; add it, or remove the section"},
        Bad{"[Mailbox]\nDeliver=Maildir\n", ":5: error: [Mailbox]: unknown section"},
        Bad{"[Mailbox x]\nDeliver=Maildir\n[Mailbox X]\nDeliver=Maildir\n",
            ":7: error: section [Mailbox X] stands in line 5 already"},
        Bad{"[Mailbox staff]\nDeliver=Maildir\n[Group STAFF]\nMembers=a\n",
            ":5: error: [Mailbox staff]: that is a group, see line 7"},
        Bad{"[Mailbox x]\nDeliver=lmtp:dovecot\n",
            ":6: error: Deliver: expected Maildir, lmtp:/path/of/socket, lmtp://host:port, smtp://host:port"},
        Bad{"[Mailbox x]\nDeliver=smtp://anna:secret@host:25\n",
            ":6: error: Deliver: a password goes over an encrypted connection only; write smtp+tls://"},
        Bad{"[PostOffice S/H]\nDeliver=Maildir\n",
            ":6: error: Deliver: mailboxes elsewhere are no Maildirs here"},
        Bad{"[PostOffice S/H]\nDeliver=lmtp:/x\nPhone=1\n",
            ":6: error: [PostOffice S/H]: its mail is handed over as Deliver says and it is never called"},
        Bad{"[PostOffice S/H]\nRoute=Indirect A/B\nDeliver=lmtp:/x\n[PostOffice A/B]\nPhone=1\nPassword=x\n",
            ":7: error: [PostOffice S/H]: it is reached through A/B, so Deliver has no use"},
        Bad{"[External-m]\nAsyncCommPort=/dev/b\n",
            ":5: error: section [External-m] stands in line 3 already"},
        Bad{"[External - ]\n", "an instance has a name of"},
        Bad{"[PostOffice S/H]\nPassword=x\n[PostOffice s/h]\n",
            "section [PostOffice s/h] stands in line 5 already"},
        Bad{"[PostOffice S]\n", ":5: error: [PostOffice S]: expected NETWORK/POSTOFFICE"},
        Bad{"AsyncSpeed=57601\n", ":5: error: AsyncSpeed = 57601: expected a speed in bits per second"},
        Bad{"CommType=Asink\n", "CommType = Asink: expected Async or Tcp"},
        Bad{"DialMode=X\n", "expected T or P"}, Bad{"StopTimeout=0s\n", "expected at least 1s"},
        Bad{"CommInOnly=maybe\n", "expected yes or no"},
        Bad{"AsyncSpeed=9600\nasyncSpeed=9600\n", ":6: error: asyncSpeed stands in line 5 already"},
        Bad{"HoldPort=call\n",
            "with HoldPort = call nobody listens between calls, so it cannot answer; add CommOutOnly = yes, "
            "or "
            "remove HoldPort"},
        Bad{"CommInOnly\nCommOutOnly\n", "CommInOnly and CommOutOnly exclude each other"},
        Bad{"Listen=:2666\n", "Listen is for CommType = Tcp"},
        Bad{"[External-N]\n", "[External-N]: AsyncCommPort is missing"},
        Bad{"[External-N]\nAsyncCommPort=telnet://a:1\n", "telnet://a:1 is of no known kind"},
        Bad{"[External-N]\nAsyncCommPort=rfc2217://a\n", "AsyncCommPort = rfc2217://a: expected HOST:PORT"},
        Bad{"[External-N]\nAsyncCommPort=/dev/ttyS0\n", "belongs to [External-M] already"},
        Bad{"[External-N]\nCommType=Tcp\nCommInOnly\n", "Listen is missing"},
        Bad{"[PostOffice NORTH/CLINIC]\n", "this is the home post office itself"},
        Bad{"[PostOffice S/H]\nPhone=1\n", "the password is missing"},
        Bad{"[PostOffice S/H]\nPhone=1\nPassword=\"\"\n", "Password: the password is empty"},
        Bad{"[PostOffice S/H]\nPassword=x\nPasswordFile=/nowhere\n", "exclude each other"},
        Bad{"[PostOffice S/H]\nPasswordFile=/nowhere\n", "cannot be read: No such file"},
        Bad{"[PostOffice S/H]\nInstance=M\nPassword=x\n", "Phone is missing"},
        Bad{"[PostOffice S/H]\nInstance=Modem\nPassword=x\n", "the instance Modem is unknown"},
        Bad{"[PostOffice S/H]\nAddress=h:1\nPassword=x\n",
            "no instance can call it; add a section [External-NAME] with CommType = Tcp"},
        Bad{"[External-T]\nCommType=Tcp\nCommInOnly=yes\n[PostOffice S/H]\nAddress=h:1\nPassword=x\n",
            "[External-T] has CommInOnly; remove that, or the Address if only the other end calls"},
        Bad{"[PostOffice S/H]\nInstance=M, Mo\nPhone=1\nPassword=x\n",
            "the instance Mo is unknown; did you mean M?"},
        Bad{"[PostOffice S/H]\nInstance=M,,M\nPhone=1\nPassword=x\n", "an instance has a name of 1 to 64"},
        Bad{"[External-N]\nCommType=Tcp\n[PostOffice S/H]\nInstance=M, N\nPhone=1\nPassword=x\n",
            "Address is missing; add Address = HOST:PORT, or set CommInOnly in [External-N]"},
        Bad{"NumberOfRings=21\n", ":5: error: NumberOfRings = 21: expected a number from 0 to 20"},
        Bad{"IdleCheck=9s\n", "IdleCheck = 9s: expected 0 for never, or at least 10s"},
        Bad{"RetryRules=3\n", "RetryRules = 3: expected 3.2 or 2.1 or time"},
        Bad{"Standstill=59s\n", "expected at least 1m"}, Bad{"RejectPause=0s\n", "expected at least 1s"},
        Bad{"[PostOffice S/H]\nPhone=1\nPassword=x\nRegular=5m\nIntervals=01:00-02:00\n",
            "Regular and Intervals exclude"},
        Bad{"[PostOffice S/H]\nPhone=1\nPassword=x\nPoll\n", "Poll needs to know how often"},
        Bad{"[PostOffice S/H]\nPassword=x\nPoll\nRegular=1h\n", "Poll needs a Phone or an Address"},
        Bad{"[PostOffice S/H]\nPhone=1\nPassword=x\nCallWhen=5 messages\n", "CallWhen without a time"},
        Bad{"[PostOffice S/H]\nPhone=1\nPassword=x\nCallWhen=366d\n", "longer than its UsefulLife"},
        Bad{"[PostOffice S/H]\nRoute=Indirect\n", "expected Direct or Indirect NETWORK/POSTOFFICE"},
        Bad{"[PostOffice S/H]\nRoute=Indirect S/H\n", "goes round in a circle"},
        Bad{"[PostOffice A/A]\nRoute=Indirect B/B\n[PostOffice B/B]\nRoute=Indirect A/A\n",
            "goes round in a circle"},
        Bad{"[PostOffice A/A]\nRoute=Indirect B/B\n[PostOffice B/B]\nRoute=Indirect C/C\n"
            "[PostOffice C/C]\nRoute=Indirect B/B\n",
            ":6: error: [PostOffice A/A]: its route goes round in a circle, A/A -> B/B -> C/C -> B/B; one "
            "of"},
        Bad{"[PostOffice S/H]\nRoute=Indirect North/Clinic\n",
            ":6: error: [PostOffice S/H]: its hub NORTH/CLINIC is the home post office itself; name the "
            "next"},
        Bad{"[Group SALES]\n", ":5: error: [Group SALES]: Members is missing; name at least one"},
        Bad{"[Group .x]\nMembers=a\n", "a group has a name of 1 to 64"},
        Bad{"[Group postmaster]\nMembers=a\n", "every post office has a mailbox of that name"},
        Bad{"[Group A]\nMembers=a,,b\n",
            ":6: error: Members = a,,b: expected mailboxes, groups or addresses"},
        Bad{"[PostOffice S/H]\nPassword=x\nMaxMailSize=10\n",
            "MaxMailSize = 10: expected a size with its unit"},
        Bad{"[PostOffice S/H]\nPassword=x\nMaxQueued=0\n", "MaxQueued = 0: expected a number from 1"},
        Bad{"[PostOffice S/HUB]\nPhone=1\nPassword=x\n[PostOffice S/B]\nRoute=Indirect S/HUP\n",
            "did you mean S/HUB?"},
        Bad{"[PostOffice S/H]\nPhone=1\nPassword=x\n[PostOffice S/B]\nRoute=Indirect S/H\nPhone=2\n",
            "have no use"}));

TEST(Load, NeverShowsAPassword) {
  const auto text =
      complaints(with("[PostOffice S/H]\nPassword=hunter2\nPassword=hunter2\nPhone=<\nRetries=x\n"));
  EXPECT_THAT(text, HasSubstr("Password stands in line"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(Load, AcceptsAPostOfficeThatOnlyCallsUs) {
  const auto settings = parse(with("[PostOffice S/H]\nPassword=x\n"), "x.ini");
  EXPECT_FALSE(settings.post_offices.at(0).can_be_called());
}

TEST(Load, GivesAPostOfficeItsOwnScript) {
  const auto settings = parse(with("[PostOffice S/H]\nPassword=x\nPhone=<CARD 555 0002\n"), "x.ini");
  EXPECT_EQ(settings.post_offices.at(0).script, "CARD");
  EXPECT_EQ(settings.post_offices.at(0).phone, "555 0002");
  EXPECT_THAT(settings.post_offices.at(0).instances, ElementsAre("M"));
}

TEST(Load, ReadsHowAModemIsWatchedAndCallsAreCounted) {
  const auto defaults = parse(with(""), "x.ini");
  EXPECT_EQ(defaults.instances.at(0).number_of_rings, 1u);
  EXPECT_TRUE(defaults.instances.at(0).carrier_detect);
  EXPECT_EQ(defaults.instances.at(0).idle_check, 5min);
  EXPECT_EQ(defaults.instances.at(0).retry_rules, RetryRules::v3_2);
  EXPECT_EQ(defaults.instances.at(0).reject_pause, 1h);
  EXPECT_EQ(defaults.instances.at(0).standstill, 10min);
  EXPECT_FALSE(defaults.debug_xcsi);

  const auto settings = parse(with("NumberOfRings=0\nCarrierDetect=no\nIdleCheck=0\nRetryRules=2.1\n"
                                   "RejectPause=2h\nStandstill=1m\n"),
                              "x.ini", {{"DebugXCSI", "yes"}});
  EXPECT_EQ(settings.instances.at(0).number_of_rings, 0u);
  EXPECT_FALSE(settings.instances.at(0).carrier_detect);
  EXPECT_EQ(settings.instances.at(0).idle_check, 0s);
  EXPECT_EQ(settings.instances.at(0).retry_rules, RetryRules::v2_1);
  EXPECT_EQ(settings.instances.at(0).reject_pause, 2h);
  EXPECT_EQ(settings.instances.at(0).standstill, 1min);
  EXPECT_TRUE(settings.debug_xcsi);
  EXPECT_EQ(parse(with("IdleCheck=10s\n"), "x.ini").instances.at(0).idle_check, 10s);
}

TEST(Load, ReadsPausesByCauseAndWhenAPostOfficeIsUndialable) {
  const auto defaults = parse(with("[PostOffice S/H]\nPassword=x\n"), "x.ini");
  EXPECT_FALSE(defaults.instances.at(0).retry_pauses.busy);
  EXPECT_EQ(defaults.undialable_after, 10u);
  EXPECT_EQ(defaults.undialable_for, 1h);
  EXPECT_FALSE(defaults.post_offices.at(0).undialable_after);

  const auto settings = parse(
      "[External]\nHomePO=A/B\nRetryBusy=2m, 3x, 1h, "
      "10%\nRetryRules=Time\nUndialableAfter=0\nUndialableFor=2h\n"
      "[External-M]\nAsyncCommPort=/dev/a\nRetryRefused=10m\n"
      "[PostOffice S/H]\nPassword=x\nUndialableAfter=4\nUndialableFor=30m\n",
      "x.ini");
  const auto& line = settings.instances.at(0);
  EXPECT_EQ(line.retry_pauses.busy, (BackOff{2min, 3, 1h, 10}));
  EXPECT_EQ(line.retry_pauses.refused, (BackOff{10min, 1, 10min, 100}));
  EXPECT_FALSE(line.retry_pauses.local);
  EXPECT_EQ(line.retry_rules, RetryRules::time);
  EXPECT_EQ(settings.undialable_after, 0u);
  EXPECT_EQ(settings.undialable_for, 2h);
  EXPECT_EQ(settings.post_offices.at(0).undialable_after, 4u);
  EXPECT_EQ(settings.post_offices.at(0).undialable_for, 30min);
}

TEST(Load, APostOfficeMayBeCalledBySeveralInstances) {
  const std::string pool =
      "[External-N]\nAsyncCommPort=/dev/b\n[External-In]\nAsyncCommPort=/dev/c\nCommInOnly\n"
      "[External-Net]\nCommType=Tcp\n";
  const auto any = parse(with(pool + "[PostOffice S/H]\nPhone=1\nPassword=x\n"), "x.ini");
  EXPECT_THAT(any.post_offices.at(0).instances, ElementsAre("M", "N"));
  const auto named = parse(with(pool + "[PostOffice S/H]\nPhone=1\nInstance=n, M\nPassword=x\n"), "x.ini");
  EXPECT_THAT(named.post_offices.at(0).instances, ElementsAre("N", "M"));
  EXPECT_TRUE(named.post_offices.at(0).called_by("m"));
  EXPECT_FALSE(named.post_offices.at(0).called_by("Net"));
}

TEST(Load, TellsWhereTheValueOfAnInstanceComesFrom) {
  const auto settings =
      parse("[External]\nHomePO=A/B\nStopTimeout=9s\n[External-M]\nAsyncCommPort=/dev/x\nasyncspeed=9600\n",
            "/po/external.ini", {{"CommScript", "OTHER"}, {"AsyncSpeed", "1200"}});
  const auto& instance = settings.instances.at(0);
  EXPECT_EQ(instance.origin_of("StopTimeout"), "external.ini:3");
  EXPECT_EQ(instance.origin_of("AsyncCommPort"), "external.ini:5");
  EXPECT_EQ(instance.origin_of("AsyncSpeed"), "command line");
  EXPECT_EQ(instance.origin_of("CommScript"), "command line");
  EXPECT_EQ(instance.origin_of("DialMode"), "default");
}

TEST(Load, ReadsGroupsAndLimits) {
  const auto settings = parse(
      "[External]\nHomePO=A/B\nMaxLanMailSize=10M\nLogSent\nLogSystem=no\n"
      "[External-N]\nCommType=Tcp\n[PostOffice S/H]\nPassword=x\n"
      "MaxMailSize = 500k\nMaxQueued = 200\nMaxQueuedSize = 2G\n"
      "[Group Sales]\nMembers = anna, S/H/BOB\nMembers = carl@h.s\n",
      "/po/x.ini");
  EXPECT_EQ(settings.max_lan_mail_size, 10u << 20);
  EXPECT_TRUE(settings.log_sent);
  EXPECT_FALSE(settings.log_receive);
  EXPECT_TRUE(settings.log_call_in);
  EXPECT_FALSE(settings.log_system);
  const auto& office = settings.post_offices.front();
  EXPECT_EQ(office.limits.message_bytes, 500u << 10);
  EXPECT_EQ(office.limits.queued, 200u);
  EXPECT_EQ(office.limits.queued_bytes, std::uint64_t{2} << 30);
  EXPECT_EQ(office.line_of("MaxQueued"), 11);
  EXPECT_EQ(office.line_of("Route"), office.line);
  ASSERT_THAT(settings.groups, SizeIs(1));
  EXPECT_EQ(settings.groups[0].name, "SALES");
  EXPECT_EQ(settings.groups[0].line, 13);
  EXPECT_THAT(settings.groups[0].members, ElementsAre("anna", "S/H/BOB", "carl@h.s"));
}

TEST(Load, ReadsDomainsAliasesAndTheGateway) {
  const auto settings = parse(
      "[External]\nHomePO=A/B\nDomain = Clinic.Example, b\u00FCcher.example\nAlias = info: anna\n"
      "alias = \u00E4rzte : anna , bert@h.s\nCatchAll = anna\nGateway = s/h\n"
      "[External-N]\nCommType=Tcp\n[PostOffice S/H]\nPassword=x\nDomain = hub.example\nDomain = "
      "mail.hub.example\n",
      "/po/x.ini");
  EXPECT_THAT(settings.domains, ElementsAre("clinic.example", "xn--bcher-kva.example"));
  ASSERT_THAT(settings.aliases, SizeIs(2));
  EXPECT_EQ(settings.aliases[0].line, 4);
  EXPECT_EQ(settings.aliases[1].name, "\u00E4rzte");
  EXPECT_EQ(settings.aliases[1].line, 5);
  EXPECT_THAT(settings.aliases[1].members, ElementsAre("anna", "bert@h.s"));
  EXPECT_EQ(settings.catch_all, "anna");
  EXPECT_EQ(settings.gateway_office(), "S/H");
  EXPECT_EQ(settings.line_of("Gateway"), 7);
  EXPECT_THAT(settings.post_offices.front().domains, ElementsAre("hub.example", "mail.hub.example"));
  EXPECT_EQ(parse("[External]\nHomePO=A/B\nGateway=smtp://h:25\n", "/po/x.ini").gateway_office(), "");
}

TEST(Load, RefusesDomainsThatAreNoneOrOfTwo) {
  const std::string start = "[External]\nHomePO=A/B\n";
  const std::string net = "[External-N]\nCommType=Tcp\n";
  const auto south = [](const std::string& more) { return "[PostOffice S/H]\nPassword=x\n" + more; };
  EXPECT_THAT(complaints(start + "Domain = a b\n"),
              HasSubstr(":3: error: Domain = a b: expected domain names"));
  EXPECT_THAT(complaints(start + "Domain = x.example\n" + net + south("Domain = X.example\n")),
              HasSubstr(":8: error: Domain = x.example: mail under it goes to A/B already, not to S/H"));
  EXPECT_THAT(complaints(start + net + south("Domain = b.a\n")), HasSubstr("goes to A/B already"));
  EXPECT_THAT(complaints(start + "Domain = h.s\n" + net + south("")),
              HasSubstr("goes to S/H already, not to A/B"));
  EXPECT_THAT(complaints(start + "Alias = anna\n"), HasSubstr("Alias = anna: expected NAME: ADDRESS"));
  EXPECT_THAT(complaints(start + "Alias = anna: ,\n"), HasSubstr("expected addresses behind the name"));
}

TEST(Defect, Q117895_AGroupWithoutMembersIsFoundWhenTheSettingsAreRead) {
  EXPECT_THAT(complaints("[External]\nHomePO=A/B\n[Group SALES]\n"),
              HasSubstr(":3: error: [Group SALES]: Members is missing"));
}

TEST(Load, CommandLineWins) {
  const auto settings = parse_whole({{"ASYNCSPEED", "9600"}, {"LogVerbose", "yes"}});
  EXPECT_EQ(settings.instances[0].async_speed, 9600u);
  EXPECT_EQ(settings.instances[1].async_speed, 9600u);
  EXPECT_TRUE(settings.log_verbose);
  EXPECT_THAT(complaints(whole, {{"AsyncSpeed", "7"}}),
              HasSubstr("command line: error: AsyncSpeed = 7: expected"));
  EXPECT_THAT(complaints(whole, {{"AsyncSped", "7"}}), HasSubstr("did you mean AsyncSpeed?"));
}

TEST(CommandLine, TakesSettingsInEveryForm) {
  const auto line =
      take_overrides({"run", "--asyncspeed=9600", "/CommInOnly", "--config", "x.ini", "/LogSession=/a/b=c",
                      "/home/me", "--LogVerbose", "--instance", "M", "--", "--AsyncSpeed=1"});
  EXPECT_THAT(line.overrides, ElementsAre(Override{"AsyncSpeed", "9600"}, Override{"CommInOnly", "yes"},
                                          Override{"LogSession", "/a/b=c"}, Override{"LogVerbose", "yes"}));
  EXPECT_THAT(line.rest,
              ElementsAre("run", "--config", "x.ini", "/home/me", "--instance", "M", "--", "--AsyncSpeed=1"));
}

TEST(CommandLine, LeavesOddArgumentsAlone) {
  const std::vector<std::string> odd{"", "-", "/", "--=x", "/=x", "-x", "--AsyncSped=1", "a@b"};
  EXPECT_EQ(take_overrides(odd).rest, odd);
}

TEST(LoadFile, RefusesAPasswordThatOthersCanRead) {
  const TempFolder folder;
  const auto file = folder / "external.ini";
  test::write_file(file, with("[PostOffice S/H]\nPhone=1\nPassword=x\n"));
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  try {
    load(file);
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("other users can read it; run: chmod 600 " + file.string()));
  }
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  EXPECT_EQ(load(file).post_offices.at(0).password, "x");
}

TEST(LoadFile, LetsOthersReadAFileWithoutPasswords) {
  const TempFolder folder;
  const auto file = folder / "external.ini";
  test::write_file(folder / "secret", "pass word \nsecond line\n");
  std::filesystem::permissions(folder / "secret", std::filesystem::perms(0600));
  test::write_file(file, with("[PostOffice S/H]\nPhone=1\nPasswordFile=secret\n"));
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  EXPECT_EQ(load(file).post_offices.at(0).password, "pass word ");
  std::filesystem::permissions(folder / "secret", std::filesystem::perms(0640));
  EXPECT_THROW(load(file), ConfigError);
}

TEST(LoadFile, NamesTheCauseOfAFileThatCannotBeRead) {
  const TempFolder folder;
  for (const auto& file : {folder / "nowhere.ini", folder.path()}) {
    try {
      load(file);
      FAIL() << "read " << file;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr(file.string() + ": error: cannot be read: "));
    }
  }
}

TEST(Load, KeepsItsFilesWhereDataFolderSays) {
  const auto settings = parse("[External]\nHomePO = A/B\nDataFolder = /var/lib/external\nLmtpSocket = lmtp\n",
                              "/etc/e/external.ini");
  EXPECT_EQ(settings.queue_file(), "/var/lib/external/queue.db");
  EXPECT_EQ(settings.control_socket(), "/var/lib/external/control.sock");
  EXPECT_EQ(settings.log_session, "/var/lib/external/log/Session.log");
  EXPECT_EQ(settings.smtp.lmtp_socket, "/etc/e/lmtp");  // paths in the file begin where the file is
  const auto given = parse("[External]\nHomePO = A/B\nLogSession = x.log\n", "/etc/e/external.ini",
                           {{"DataFolder", "data"}, {"ControlGroup", "operators"}});
  EXPECT_EQ(given.folder, "/etc/e/data");
  EXPECT_EQ(given.log_session, "/etc/e/x.log");
  EXPECT_EQ(given.control_group, "operators");
}

TEST(FindConfig, PrefersTheNamedThenTheEnvironmentThenTheFolder) {
  const TempFolder folder;
  for (const auto* name : {"a.ini", "b.ini", "external.ini"}) test::write_file(folder / name, "");
  const std::string b = folder / "b.ini";
  EXPECT_EQ(find_config(folder / "a.ini", b, folder.path()), folder / "a.ini");
  EXPECT_EQ(find_config({}, b, folder.path()), b);
  EXPECT_EQ(find_config({}, "", folder.path()), folder / "external.ini");
  EXPECT_THROW(find_config(folder / "c.ini", b, folder.path()), ConfigError);
  EXPECT_THROW(find_config({}, folder / "c.ini", folder.path()), ConfigError);
}

TEST(Starter, IsAValidConfiguration) {
  const TempFolder folder;
  const auto file = write_starter(folder.path(), "north/clinic");
  const auto settings = load(file);
  EXPECT_EQ(settings.home_po, "NORTH/CLINIC");
  EXPECT_THAT(settings.instances, IsEmpty());
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
}

TEST(Starter, ExamplesAreValidOnceTheyAreTaken) {
  auto text = starter_text("north/clinic");
  for (auto at = text.find("\n;"); at != std::string::npos; at = text.find("\n;", at + 1)) {
    if (text[at + 2] != ' ') text.erase(at + 1, 1);
  }
  const auto settings = parse(text, "x.ini");
  EXPECT_THAT(settings.instances, SizeIs(2));
  EXPECT_THAT(settings.post_offices, SizeIs(2));
  EXPECT_THAT(settings.shares, SizeIs(1));
}

TEST(Starter, NeverTouchesAnExistingFile) {
  const TempFolder folder;
  test::write_file(folder / "external.ini", "mine");
  EXPECT_THROW(write_starter(folder.path(), "A/B"), ConfigError);
  EXPECT_EQ(test::read_file(folder / "external.ini"), "mine");
  EXPECT_THROW(starter_text("A"), BadValue);
}

TEST(Settings, AreAllDescribed) {
  const auto text = describe_settings();
  for (const auto& name : setting_names()) EXPECT_THAT(text, HasSubstr("--" + name));
}

TEST(Load, MailWaitsFiveDaysAndItsSenderIsWarned) {
  const TempFolder folder;
  const auto usual = parse("[External]\nHomePO = A/A\n", folder / "external.ini");
  EXPECT_EQ(usual.useful_life, 120h);
  EXPECT_EQ(usual.useful_life_urgent, 24h);
  EXPECT_THAT(usual.delay_warnings, ElementsAre(4h, 24h, 72h));
  EXPECT_THAT(usual.delay_warnings_urgent, ElementsAre(1h, 4h, 12h));
  const auto original = parse(
      "[External]\nHomePO = A/A\nUsefulLife = 24h\nUsefulLifeUrgent = 2h\nDelayWarnings = 0\n"
      "DelayWarningsUrgent = 30m\n",
      folder / "external.ini");
  EXPECT_EQ(original.useful_life, 24h);
  EXPECT_EQ(original.useful_life_urgent, 2h);
  EXPECT_THAT(original.delay_warnings, IsEmpty());
  EXPECT_THAT(original.delay_warnings_urgent, ElementsAre(30min));
}

// The original had 0, then 100 KB: less than the database's own log needs.
TEST(Defect, Q111558_MinKDiskFullIsEnoughToGoOnWith) {
  const auto settings = parse(with(""), "/po/external.ini");
  EXPECT_EQ(settings.min_k_disk_full, 32768u);
  EXPECT_EQ(settings.disk_not_full(), 65536u);
}

TEST(Load, SubmissionNeedsSomethingThatPasswordsMayGoOver) {
  const std::string start = "[External]\nHomePO = A/A\nSubmissionListen = :587\n";
  EXPECT_THAT(complaints(start),
              HasSubstr("nobody can sign on at SubmissionListen: passwords need TLS; give"));
  EXPECT_EQ(parse(start + "SmtpAuthWithoutTls = yes\n", "/po/external.ini").smtp.submission.at(0),
            (HostPort{"", "587"}));
  EXPECT_FALSE(parse(start + "SmtpCertificate = c\nSmtpKey = k\n", "/po/external.ini").smtp.auth_without_tls);
}

TEST(Load, SmtpIsForThisComputerUnlessToldOtherwise) {
  const auto settings =
      parse("[External]\nHomePO = A/A\nSmtpListen = :2525, 192.0.2.1:25\n", "/po/external.ini");
  EXPECT_EQ(settings.smtp.listen.at(0), (HostPort{"", "2525"}));
  EXPECT_EQ(settings.smtp.listen.at(1), (HostPort{"192.0.2.1", "25"}));
  EXPECT_THAT(settings.smtp.trusted, ElementsAre("127.0.0.0/8", "::1"));
  const auto trusting =
      parse("[External]\nHomePO = A/A\nSmtpTrust = 192.0.2.0/24\nLmtpSocket = lmtp\n", "/po/external.ini");
  EXPECT_THAT(trusting.smtp.trusted, ElementsAre("192.0.2.0/24"));
  EXPECT_EQ(trusting.smtp.lmtp_socket, "/po/lmtp");
  EXPECT_THAT(complaints("[External]\nHomePO = A/A\nSmtpKey = k\n"),
              HasSubstr("SmtpCertificate and SmtpKey belong together"));
}

TEST(Load, TheLimitsOfTheDiskMayBeSet) {
  const auto set = [](const std::string& more) {
    return parse("[External]\nHomePO=NORTH/CLINIC\n" + more, "/po/external.ini");
  };
  EXPECT_EQ(set("MinKDiskFull = 500\n").disk_not_full(), 1000u);
  EXPECT_EQ(set("MinKDiskFull = 500\nMinKDiskNotFull = 600\n").disk_not_full(), 600u);
  EXPECT_EQ(set("MinKDiskFull = 0\n").min_k_disk_full, 0u);
  EXPECT_EQ(set("MinKDiskFull = 8000000000\n").min_k_disk_full, 8'000'000'000u);
  EXPECT_THAT(
      complaints("[External]\nHomePO=NORTH/CLINIC\nMinKDiskFull = 500\nMinKDiskNotFull = 400\n"),
      HasSubstr("MinKDiskNotFull is less than MinKDiskFull (500); make it the greater one, or remove it"));
}

constexpr std::string_view person =
    "[External]\nHomePO = N/C\nRemoteUser = anna\n[External-L]\nCommType = Tcp\n";

TEST(Person, CallsThePostOfficeOfTheMailbox) {
  const auto settings =
      parse(std::string(person) + "[PostOffice N/C]\nAddress = h:1\nPassword = x\n", "/po/external.ini");
  EXPECT_EQ(settings.remote_user, "anna");
  EXPECT_TRUE(settings.find_post_office("N/C"));
}

TEST(Person, NeedsToKnowHowToCallItAndCallsNoOther) {
  const auto complaint = [](const std::string& more) {
    try {
      parse(std::string(person) + more, "/po/external.ini");
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(complaint(""), HasSubstr("RemoteUser says that this machine calls N/C; add [PostOffice N/C]"));
  EXPECT_THAT(
      complaint("[PostOffice N/C]\nAddress = h:1\nPassword = x\n"
                "[PostOffice S/H]\nAddress = h:1\nPassword = x\n"),
      HasSubstr("[PostOffice S/H]: the machine of a person (RemoteUser) calls its post office N/C only"));
}

}  // namespace
}  // namespace external::config::load_test
