// Mail that leaves by ways out, in virtual time: what stands behind them is a part of the test.

#include "offices.h"

#include <external/postoffice/submit.h>

#include <gmock/gmock.h>

namespace external::engine::hand_over_test {
namespace {

using namespace std::chrono_literals;
using outlet::Outcome;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = Outcome::Kind;

/// Another mail system: what it is given, and how it answers.
struct Neighbour {
  struct Taken {
    std::string sender;
    std::vector<std::string> recipients;
    std::string text;
    TimePoint at;
  };

  bool is_there = true;
  bool is_silent = false;                  ///< takes everything and never answers
  std::map<std::string, Outcome> answers;  ///< by recipient; others: delivered
  std::vector<Taken> taken;
  std::vector<TimePoint> tries;
  int most_connections = 100;
  int at_once = 0;
  int most_at_once = 0;
  int rests = 0;
};

class FakeOutlet final : public outlet::Outlet {
 public:
  FakeOutlet(Neighbour& neighbour, Clock& clock) : neighbour_(neighbour), clock_(clock) {}

  Task<outlet::Result> hand_over(const outlet::Parcel& parcel) override {
    neighbour_.tries.push_back(clock_.now());
    outlet::Result result;
    if (!neighbour_.is_there || neighbour_.at_once >= neighbour_.most_connections) {
      const Outcome nobody{Kind::later, "4.4.1", "no connection: Connection refused"};
      result.outcomes.assign(parcel.recipients.size(), nobody);
      result.out_of_order = true;
      co_return result;
    }
    ++neighbour_.at_once;
    neighbour_.most_at_once = std::max(neighbour_.most_at_once, neighbour_.at_once);
    Neighbour::Taken taken{parcel.sender, {}, parcel.head, clock_.now()};
    for (;;) {
      const auto piece = co_await parcel.content(taken.text.size() - parcel.head.size(), 7);
      if (piece.empty()) break;
      taken.text += piece;
    }
    co_await clock_.wait_for(1s);
    if (neighbour_.is_silent) co_await clock_.wait_until(never);
    --neighbour_.at_once;
    for (const auto& recipient : parcel.recipients) {
      taken.recipients.push_back(recipient.address);
      const auto answer = neighbour_.answers.find(recipient.address);
      const Outcome good{Kind::delivered, "2.0.0", "250 2.0.0 saved"};
      result.outcomes.push_back(answer == neighbour_.answers.end() ? good : answer->second);
    }
    neighbour_.taken.push_back(taken);
    co_return result;
  }

  Task<> rest() override {
    ++neighbour_.rests;
    co_return;
  }

 private:
  Neighbour& neighbour_;
  Clock& clock_;
};

class HandOvers : public testing::Test, protected external::test::VirtualWorld {
 protected:
  static constexpr auto by_dovecot = "NORTH/CLINIC by LMTP at /run/dovecot";

  HandOvers() {
    std::filesystem::create_directories(folder.path() / "mail");
    for (const char* name : {"ANNA", "BEN"}) postoffice::Mailboxes(folder.path() / "mail").add(name);
  }
  ~HandOvers() override { stop(); }

  void start(const std::string& settings, bool once = false) {
    EngineOptions options;
    options.own_threads = false;
    options.once = once;
    options.mail_logs = &mail_logs;
    options.make_outlet = [this](const WayOut& way) {
      return std::make_unique<FakeOutlet>(neighbours[way.name], clock);
    };
    ended = false;
    engine.emplace(
        io.get_executor(), clock,
        config::parse("[External]\nHomePO = NORTH/CLINIC\n" + settings, folder.path() / "external.ini"), log,
        options);
    asio::co_spawn(io, engine->run(), [this](const std::exception_ptr&) { ended = true; });
  }

  void stop() {
    if (!engine) return;
    engine->stop();
    clock.run_until([this] { return ended; }, 1h);
    ASSERT_TRUE(ended);
    engine.reset();
  }

  /// As kill -9 does it: nothing of it runs any more.
  mailqueue::Queue queue() const { return mailqueue::Queue(folder.path() / "queue.db"); }

  void send(const std::vector<std::string>& to, const mailqueue::Notify& notify = {},
            std::chrono::seconds life = 24h) {
    mailqueue::Envelope envelope;
    envelope.key = "key" + std::to_string(++count) + "@NORTH/CLINIC";
    envelope.sender = "NORTH/CLINIC/ANNA";
    for (const auto& one : to) envelope.recipients.push_back({one, one.substr(0, one.find('/', 6)), notify});
    envelope.accepted = clock.wall();
    envelope.useful_life = life;
    queue().accept(envelope, "Subject: " + std::to_string(count) + "\n\ntext\n", clock.wall());
    if (engine) engine->news();
  }

  bool until(const std::function<bool()>& done, Duration limit = 24h) { return clock.run_until(done, limit); }

  std::vector<std::string> mailbox(const std::string& who) const {
    std::vector<std::string> messages;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "mail" / who / "new", none))
      messages.push_back(external::test::read_file(entry.path()));
    return messages;
  }

  external::test::TempFolder folder;
  external::test::MemoryLog log;
  external::test::MemoryMailLogs mail_logs;
  std::map<std::string, Neighbour> neighbours;
  Neighbour& lmtp = neighbours["LMTP at /run/dovecot"];
  std::optional<Engine> engine;
  bool ended = true;
  int count = 0;
};

TEST_F(HandOvers, MailForMailboxesLeavesByTheWayThatDeliverNames) {
  start("Deliver = lmtp:/run/dovecot\nDomain = clinic.example\n[Mailbox BEN]\nDeliver = Maildir\n");
  send({"NORTH/CLINIC/ANNA", "NORTH/CLINIC/BEN", "NORTH/CLINIC/NOBODY"});
  ASSERT_TRUE(until([&] { return !lmtp.taken.empty() && !mailbox("BEN").empty(); })) << log.all();
  EXPECT_THAT(lmtp.taken[0].recipients, ElementsAre("anna@clinic.example", "nobody@clinic.example"));
  EXPECT_EQ(lmtp.taken[0].sender, "anna@clinic.example");
  EXPECT_TRUE(
      lmtp.taken[0].text.starts_with("Received: by clinic.north (External) id key1@NORTH/CLINIC;\n\t"))
      << lmtp.taken[0].text;
  EXPECT_TRUE(lmtp.taken[0].text.ends_with("\nSubject: 1\n\ntext\n"));
  EXPECT_THAT(mailbox("ANNA"), IsEmpty());
  ASSERT_TRUE(until([&] { return log.has("Delivered key1"); }));
  EXPECT_TRUE(log.has("Delivered key1@NORTH/CLINIC to NORTH/CLINIC/ANNA by LMTP at /run/dovecot, 17 bytes"))
      << log.all();
  EXPECT_EQ(queue().totals().messages, 0u);
}

TEST_F(HandOvers, TheMailboxOfThePostmasterStaysAMaildir) {
  start("Deliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/POSTMASTER"});
  ASSERT_TRUE(until([&] { return mailbox("POSTMASTER").size() == 1; })) << log.all();
  EXPECT_THAT(lmtp.taken, IsEmpty());
}

TEST_F(HandOvers, OneThatIsDownHoldsUpNobodyElse) {
  lmtp.is_there = false;
  auto& program = neighbours["program /bin/x"];
  start("[Mailbox ANNA]\nDeliver = lmtp:/run/dovecot\n[Mailbox EVE]\nDeliver = |/bin/x\n");
  for (int i = 0; i < 300; ++i) send({"NORTH/CLINIC/ANNA"});
  send({"NORTH/CLINIC/BEN"});
  send({"NORTH/CLINIC/EVE"});
  ASSERT_TRUE(until([&] { return mailbox("BEN").size() == 1 && program.taken.size() == 1; }, 30s))
      << log.all();
  const auto started = clock.now();
  const auto tried = lmtp.tries.size();
  EXPECT_LE(tried, 4u);
  until([] { return false; }, 50s);
  EXPECT_EQ(lmtp.tries.size(), tried) << "it rests for a minute";
  lmtp.is_there = true;
  ASSERT_TRUE(until([&] { return lmtp.taken.size() == 300; }, 1h)) << lmtp.taken.size();
  EXPECT_LE(clock.now() - started, 5min);
  EXPECT_GT(lmtp.most_at_once, 1);
  EXPECT_LE(lmtp.most_at_once, 4);
  EXPECT_TRUE(log.has(std::string(by_dovecot) + ": works again.")) << log.all();
}

TEST_F(HandOvers, AServerThatTakesFewAtOnceIsNotOutOfOrder) {
  lmtp.most_connections = 2;
  start("Deliver = lmtp:/run/dovecot\n");
  for (int i = 0; i < 40; ++i) send({"NORTH/CLINIC/ANNA"});
  ASSERT_TRUE(until([&] { return lmtp.taken.size() == 40; }, 50s)) << log.all();
  EXPECT_EQ(lmtp.most_at_once, 2);
  EXPECT_FALSE(log.has("its mail waits")) << log.all();
}

TEST_F(HandOvers, PausesGrowToAnHourAndAreToldOnceEach) {
  lmtp.is_there = false;
  start("[Mailbox ANNA]\nDeliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/ANNA"}, {}, 24h * 30);
  until([] { return false; }, 6h);
  std::vector<long> pauses;
  for (std::size_t i = 1; i < lmtp.tries.size(); ++i)
    pauses.push_back(std::chrono::round<std::chrono::minutes>(lmtp.tries[i] - lmtp.tries[i - 1]).count());
  ASSERT_THAT(pauses, SizeIs(testing::Ge(8u)));
  pauses.resize(8);
  EXPECT_THAT(pauses, ElementsAre(1, 2, 4, 8, 16, 32, 60, 60));
  EXPECT_TRUE(log.has(std::string(by_dovecot) +
                      ": no connection: Connection refused; its mail waits, next try in 4 min."))
      << log.all();
  const auto report = engine->report();
  ASSERT_THAT(report.calls, SizeIs(1));
  EXPECT_EQ(report.calls[0].post_office, by_dovecot);
  EXPECT_EQ(report.calls[0].cause, way_out_cause);
  ASSERT_THAT(report.queue, SizeIs(1));
  EXPECT_EQ(report.queue[0].destination, by_dovecot);
  EXPECT_EQ(report.queue[0].last_error, "no connection: Connection refused");
}

TEST_F(HandOvers, ThePauseOutlivesAnEndAndARetryEndsIt) {
  lmtp.is_there = false;
  start("[Mailbox ANNA]\nDeliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/ANNA"});
  ASSERT_TRUE(until([&] { return lmtp.tries.size() == 6; }));
  stop();
  lmtp.is_there = true;
  start("[Mailbox ANNA]\nDeliver = lmtp:/run/dovecot\n");
  until([] { return false; }, 20min);
  EXPECT_THAT(lmtp.taken, IsEmpty());
  queue().forget_call(by_dovecot);
  queue().retry_all({by_dovecot}, clock.wall());
  engine->news();
  EXPECT_TRUE(until([&] { return lmtp.taken.size() == 1; }, 10s)) << log.all();
}

TEST_F(HandOvers, EachRecipientMeetsItsOwnFate) {
  lmtp.answers["full@clinic.north"] = {Kind::later, "4.2.2", "452 4.2.2 mailbox is full"};
  lmtp.answers["gone@clinic.north"] = {Kind::failed, "5.1.1", "550 5.1.1 no such user"};
  start("Deliver = lmtp:/run/dovecot\n[Mailbox ANNA]\nDeliver = Maildir\n");
  send({"NORTH/CLINIC/EVE", "NORTH/CLINIC/FULL", "NORTH/CLINIC/GONE"});
  ASSERT_TRUE(until([&] { return mailbox("ANNA").size() == 1; })) << log.all();
  const auto notice = mailbox("ANNA")[0];
  EXPECT_THAT(notice, HasSubstr("Final-Recipient: rfc822; gone@clinic.north\nAction: failed\nStatus: 5.1.1\n"
                                "Diagnostic-Code: smtp; 550 5.1.1 no such user\n"));
  EXPECT_THAT(notice, Not(HasSubstr("full@clinic.north")));
  EXPECT_THAT(notice, HasSubstr("Last error: 550 5.1.1 no such user"));
  EXPECT_TRUE(
      log.has("Not delivered key1@NORTH/CLINIC to NORTH/CLINIC/FULL by LMTP at /run/dovecot: 452 4.2.2 "
              "mailbox is full; next try in 1 min"))
      << log.all();
  EXPECT_THAT(engine->report().calls, IsEmpty()) << "the way out is not to blame";
  lmtp.answers.clear();
  ASSERT_TRUE(until([&] { return lmtp.taken.size() == 2; }, 2min)) << log.all();
  EXPECT_THAT(lmtp.taken[1].recipients, ElementsAre("full@clinic.north"));
}

TEST_F(HandOvers, UsefulLifeEndsTheWait) {
  lmtp.is_there = false;
  start("[Mailbox BEN]\nDeliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/BEN"}, {}, 2h);
  ASSERT_TRUE(until([&] { return mailbox("ANNA").size() == 1; })) << log.all();
  EXPECT_THAT(mailbox("ANNA")[0], HasSubstr("[006] Useful life exceeded"));
  EXPECT_THAT(mailbox("ANNA")[0], HasSubstr("no connection: Connection refused"));
}

TEST_F(HandOvers, ReceiptsSayWhoHasIt) {
  auto& plain = neighbours["SMTP at plain:25"];
  plain.answers["x@plain.south"] = {Kind::relayed, "2.0.0", "250 ok"};
  auto& knowing = neighbours["SMTP at knowing:25"];
  knowing.answers["x@knowing.south"] = {Kind::relayed, "2.0.0", "250 ok", true};
  start(
      "[Mailbox BEN]\nDeliver = lmtp:/run/dovecot\n[PostOffice SOUTH/PLAIN]\nDeliver = smtp://plain:25\n"
      "[PostOffice SOUTH/KNOWING]\nDeliver = smtp://knowing:25\n");
  const mailqueue::Notify success{true, true, true};
  send({"SOUTH/KNOWING/X"}, success);
  ASSERT_TRUE(until([&] { return knowing.taken.size() == 1; })) << log.all();
  until([] { return false; }, 1min);
  EXPECT_THAT(mailbox("ANNA"), IsEmpty()) << "the other side tells";
  send({"NORTH/CLINIC/BEN"}, success);
  ASSERT_TRUE(until([&] { return mailbox("ANNA").size() == 1; })) << log.all();
  EXPECT_THAT(mailbox("ANNA")[0], HasSubstr("Action: delivered"));
  send({"SOUTH/PLAIN/X"}, success);
  ASSERT_TRUE(until([&] { return mailbox("ANNA").size() == 2; })) << log.all();
  EXPECT_THAT(mailbox("ANNA"), testing::Contains(HasSubstr("Action: relayed")));
}

TEST_F(HandOvers, APostOfficeWithAWayOutIsNotCalledAndItsMailIsLogged) {
  auto& smart = neighbours["SMTP at smart:25"];
  start(
      "[External-Net]\nCommType = Tcp\n[PostOffice SOUTH/HUB]\nDeliver = smtp://smart:25\n"
      "[PostOffice SOUTH/BRANCH]\nRoute = Indirect SOUTH/HUB\n");
  send({"SOUTH/HUB/EVE", "SOUTH/BRANCH/MAX"});
  ASSERT_TRUE(until([&] { return smart.taken.size() == 1; })) << log.all();
  EXPECT_THAT(smart.taken[0].recipients, ElementsAre("eve@hub.south", "max@branch.south"));
  ASSERT_TRUE(until([&] { return mail_logs.sent_mail.size() == 1; }));
  EXPECT_EQ(mail_logs.sent_mail[0].peer, "SOUTH/HUB");
  std::optional<CallReport> asked;
  asio::co_spawn(io, engine->call("SOUTH/HUB"), [&](const auto&, CallReport report) { asked = report; });
  ASSERT_TRUE(until([&] { return asked.has_value(); }));
  EXPECT_EQ(asked->text, "mail for SOUTH/HUB is handed over by SMTP at smart:25; there is nobody to call");
  const auto traffic = engine->report().traffic;
  ASSERT_THAT(traffic, SizeIs(1));
  EXPECT_EQ(traffic[0].session.sent.messages, 1u);
}

TEST_F(HandOvers, WhatIsOnItsWayAtAStopGetsAMoment) {
  start("[Mailbox ANNA]\nDeliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/ANNA"});
  ASSERT_TRUE(until([&] { return lmtp.at_once == 1; }));
  stop();
  EXPECT_THAT(lmtp.taken, SizeIs(1));
  EXPECT_EQ(queue().totals().messages, 0u);
}

TEST_F(HandOvers, WhatDoesNotArriveInThatMomentIsQueuedAgain) {
  lmtp.is_silent = true;
  start("[Mailbox ANNA]\nDeliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/ANNA"});
  ASSERT_TRUE(until([&] { return lmtp.at_once == 1; }));
  stop();
  const auto work = queue().pick({by_dovecot}, clock.wall(), 10);
  ASSERT_THAT(work, SizeIs(1));
  EXPECT_TRUE(work[0].tried);
}

TEST_F(HandOvers, WhatWasOnItsWayWhenExternalDiedGoesAgain) {
  start("[Mailbox ANNA]\nDeliver = lmtp:/run/dovecot\n");
  stop();
  send({"NORTH/CLINIC/ANNA"});
  {
    auto mail = queue();
    auto work = mail.pick({"NORTH/CLINIC"}, clock.wall(), 1).at(0);
    mail.redirect(work.ids(), by_dovecot);
    work = mail.pick({by_dovecot}, clock.wall(), 1).at(0);
    ASSERT_TRUE(mail.start_transfer(work));
  }
  start("[Mailbox ANNA]\nDeliver = lmtp:/run/dovecot\n");
  EXPECT_TRUE(until([&] { return lmtp.taken.size() == 1; }, 10s)) << log.all();
}

TEST_F(HandOvers, OtherSettingsHoldForMailThatWaitsAlready) {
  lmtp.is_there = false;
  start("Deliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/ANNA"});
  send({"NORTH/CLINIC/BEN"});
  ASSERT_TRUE(until([&] { return !lmtp.tries.empty(); }));
  stop();
  auto& other = neighbours["LMTP at other:24"];
  start(
      "Deliver = lmtp:/run/dovecot\n[Mailbox ANNA]\nDeliver = Maildir\n[Mailbox BEN]\nDeliver = "
      "lmtp://other:24\n");
  EXPECT_TRUE(until([&] { return mailbox("ANNA").size() == 1 && other.taken.size() == 1; }, 2min))
      << log.all();
  stop();
  start("");
  send({"NORTH/CLINIC/BEN"});
  EXPECT_TRUE(until([&] { return mailbox("BEN").size() == 1; }, 1min)) << log.all();
}

TEST_F(HandOvers, AFormerWayOutKeepsNoMail) {
  lmtp.is_there = false;
  start("Deliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/ANNA"});
  ASSERT_TRUE(until([&] { return !lmtp.tries.empty(); }));
  stop();
  start("");
  EXPECT_TRUE(until([&] { return mailbox("ANNA").size() == 1; }, 2min)) << log.all();
}

TEST_F(HandOvers, OneCycleWaitsForWhatIsHandedOver) {
  send({"NORTH/CLINIC/ANNA"});
  start("Deliver = lmtp:/run/dovecot\n", true);
  ASSERT_TRUE(until([&] { return ended; })) << log.all();
  EXPECT_THAT(lmtp.taken, SizeIs(1));
  EXPECT_EQ(engine->break_reason(), BreakReason::cycle);
  lmtp.is_there = false;
  send({"NORTH/CLINIC/ANNA"});
  start("Deliver = lmtp:/run/dovecot\n", true);
  ASSERT_TRUE(until([&] { return ended; })) << log.all();
  EXPECT_EQ(engine->break_reason(), BreakReason::failed_cycle);
}

TEST_F(HandOvers, ConnectionsAreUsedAgainAndClosedWhenIdle) {
  start("Deliver = lmtp:/run/dovecot\n");
  for (int i = 0; i < 20; ++i) send({"NORTH/CLINIC/ANNA"});
  ASSERT_TRUE(until([&] { return lmtp.taken.size() == 20; }));
  EXPECT_EQ(lmtp.rests, 0);
  until([] { return false; }, 1min);
  EXPECT_LE(lmtp.rests, 4);
  EXPECT_GE(lmtp.rests, 1);
}

TEST_F(HandOvers, LongListsOfRecipientsGoInParts) {
  start("Deliver = lmtp:/run/dovecot\n");
  std::vector<std::string> many;
  for (int i = 0; i < 250; ++i) many.push_back("NORTH/CLINIC/USER" + std::to_string(i));
  send(many);
  ASSERT_TRUE(until([&] { return lmtp.taken.size() == 3; })) << log.all();
  EXPECT_THAT(lmtp.taken[2].recipients, SizeIs(50));
}

TEST_F(HandOvers, AHeldPostOfficeHandsNothingOver) {
  lmtp.is_there = false;
  start("Deliver = lmtp:/run/dovecot\n");
  send({"NORTH/CLINIC/ANNA"});
  ASSERT_TRUE(until([&] { return !lmtp.tries.empty(); }));
  queue().hold(mailqueue::Held::destination, "NORTH/CLINIC", clock.wall());
  lmtp.is_there = true;
  until([] { return false; }, 2h);
  EXPECT_THAT(lmtp.taken, IsEmpty());
  queue().release(mailqueue::Held::destination, "NORTH/CLINIC");
  EXPECT_TRUE(until([&] { return lmtp.taken.size() == 1; }, 1min));
}

TEST_F(HandOvers, InternetAddressesLeaveByTheGateway) {
  auto& gateway = neighbours["SMTP at 127.0.0.1:25"];
  start("Gateway = smtp://127.0.0.1:25\n");
  send({"NORTH/CLINIC/bob@gmail.example"});
  ASSERT_TRUE(until([&] { return gateway.taken.size() == 1; })) << log.all();
  EXPECT_THAT(gateway.taken[0].recipients, ElementsAre("bob@gmail.example"));
}

TEST(WaysOutOf, SettingsThatNameNoMailboxAreRefusedWithTheirLine) {
  const auto settings =
      config::parse("[External]\nHomePO = A/B\n[Mailbox ..x]\nDeliver = lmtp:/x\n", "/po/external.ini");
  try {
    WaysOut(settings, {settings.home_po, {}});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("external.ini:3: error: [Mailbox ..x]: the mailbox may have dots"));
  }
}

}  // namespace
}  // namespace external::engine::hand_over_test
