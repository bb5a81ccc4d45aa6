#include "temp_folder.h"

#include <external/config/load.h>
#include <external/intake/intake.h>
#include <external/smtp/server.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace external::intake::intake_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

TEST(Networks, HoldTheirAddresses) {
  const Networks networks({"192.0.2.0/25", "10.1.2.3", "2001:db8::/33", "::1"});
  for (const char* in :
       {"192.0.2.0", "192.0.2.127", "10.1.2.3", "2001:db8::1", "2001:db8:7fff::", "::1", "::ffff:10.1.2.3"})
    EXPECT_TRUE(networks.contains(in)) << in;
  for (const char* out : {"192.0.2.128", "192.0.3.0", "10.1.2.4", "2001:db8:8000::", "::2", "local", ""})
    EXPECT_FALSE(networks.contains(out)) << out;
}

TEST(Networks, WhatIsNoneIsNamed) {
  for (const char* bad : {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::1/129", "1.2.3.4/-1"})
    EXPECT_THROW(Networks({bad}), std::runtime_error) << bad;
}

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    std::filesystem::create_directory(folder / "mail");
    house.mailboxes.add("ANNA");
  }

  /// What a client hears that says `text` from `address`.
  std::string play(const std::string& text, smtp::Client client = {"127.0.0.1", {}, {}, false}) {
    return play_in(house, text, std::move(client));
  }

  std::string play_in(const House& where, const std::string& text, smtp::Client client) {
    Intake intake(where, depot, clock, hooks);
    Talk talk(text);
    smtp::DialogueOptions options;
    options.host = "clinic.north";
    bool done = false;
    asio::co_spawn(io, serve(talk, client, clock, intake, options), [&](std::exception_ptr) { done = true; });
    clock.run_until([&] { return done; });
    EXPECT_TRUE(done);
    return talk.heard;
  }

  static std::string mail(const std::string& to, const std::string& content = "Subject: hi\r\n\r\nx\r\n",
                          const std::string& from = "anna@clinic.north") {
    return "EHLO x\r\nMAIL FROM:<" + from + ">\r\nRCPT TO:<" + to + ">\r\nDATA\r\n" + content +
           ".\r\nQUIT\r\n";
  }

  mailqueue::MessageView only() {
    const auto all = queue().list();
    EXPECT_THAT(all, SizeIs(1));
    return all.at(0);
  }

  mailqueue::Queue& queue() {
    if (!queue_) queue_.emplace(folder / "queue.db");
    return *queue_;
  }

  std::string content(const mailqueue::MessageView& message) {
    return queue().read(message.id, 0, 10'000'000);
  }

  asio::io_context io;
  VirtualClock clock{io};
  test::TempFolder folder;
  Depot depot{io.get_executor(), folder / "queue.db", Worker::Place::here};
  config::Settings settings = config::parse(
      "[External]\nHomePO = NORTH/CLINIC\nDomain = clinic.example\n[External-N]\nCommType = Tcp\n"
      "[PostOffice SOUTH/HUB]\nPassword = x\nMaxMailSize = 2M\n[PostOffice EAST/FIELD]\nRoute = Indirect "
      "SOUTH/HUB\n"
      "[Group STAFF]\nMembers = ANNA, EAST/FIELD/BEN\n",
      folder / "external.ini");
  House house{"clinic.north",
              std::make_shared<const engine::Directory>(std::make_shared<const config::Settings>(settings)),
              postoffice::Mailboxes(folder / "mail"),
              std::chrono::hours(120),
              {"127.0.0.0/8"}};
  Hooks hooks;

 private:
  class Talk final : public stream::Stream {
   public:
    explicit Talk(std::string text) : text_(std::move(text)) {}
    Task<std::size_t> read(std::span<char> to) override {
      const auto size = std::min(to.size(), text_.size() - at_);
      std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(at_), size, to.begin());
      at_ += size;
      co_return size;
    }
    Task<bool> write(std::string_view text) override {
      heard += text;
      co_return true;
    }
    std::string heard;

   private:
    std::string text_;
    std::size_t at_ = 0;
  };

  std::optional<mailqueue::Queue> queue_;
};

TEST_F(IntakeTest, MailForHereAndElsewhereIsQueued) {
  EXPECT_THAT(play(mail("SOUTH/HUB/BEN")), HasSubstr("\r\n250 2.0.0 taken as "));
  const auto message = only();
  EXPECT_EQ(message.envelope.sender, "NORTH/CLINIC/ANNA");
  EXPECT_EQ(message.envelope.recipients.at(0).address, "SOUTH/HUB/BEN");
  EXPECT_EQ(message.envelope.useful_life, std::chrono::hours(120));
  EXPECT_THAT(content(message),
              AllOf(StartsWith("Received: from x ([127.0.0.1])\n\tby clinic.north (External) with ESMTP id "),
                    EndsWith("\nSubject: hi\n\nx\n")));
}

TEST_F(IntakeTest, WithoutHeaderItGetsOne) {
  play(mail("anna@clinic.example", "just text\r\n"));
  EXPECT_THAT(content(only()), AllOf(StartsWith("Received:"),
                                     HasSubstr("\nFrom: <anna@clinic.example>\nTo: <anna@clinic.example>\n"),
                                     EndsWith("\n\njust text\n")));
}

TEST_F(IntakeTest, UnknownMailboxesAndRoutesAreRefused) {
  EXPECT_THAT(play(mail("eve@clinic.north")), HasSubstr("550 5.1.1 no mailbox EVE at NORTH/CLINIC"));
  EXPECT_THAT(play(mail("eve@far.west")), HasSubstr("550 5.1.2 no route to post office WEST/FAR"));
  EXPECT_THAT(play(mail("eve@mail.example.org")), HasSubstr("553 5.1.3 "));
  EXPECT_THAT(play(mail("../../etc@clinic.north")), HasSubstr("553 5.1.3 "));
  EXPECT_THAT(queue().list(), IsEmpty());
}

TEST_F(IntakeTest, PostmasterIsAlwaysThere) {
  EXPECT_THAT(play(mail("postmaster")), HasSubstr("250 2.0.0"));
}

TEST_F(IntakeTest, StrangersReachOnlyThisPostOffice) {
  const smtp::Client stranger{"192.0.2.1", {}, {}, false};
  EXPECT_THAT(play(mail("SOUTH/HUB/BEN"), stranger), HasSubstr("554 5.7.1 mail for other post offices"));
  EXPECT_THAT(queue().list(), IsEmpty());
  EXPECT_THAT(play(mail("anna"), stranger), HasSubstr("250 2.0.0"));
  smtp::Client known = stranger;
  known.user = "anna";
  EXPECT_THAT(play(mail("SOUTH/HUB/BEN"), known), HasSubstr("250 2.0.0"));
}

TEST_F(IntakeTest, WhoHasSignedOnSendsAsHimselfOnly) {
  const auto as = [&](const std::string& user, const std::string& from) {
    return play(mail("anna", "Subject: x\r\n\r\n", from), {"192.0.2.1", {}, user, true});
  };
  for (const char* own : {"anna@clinic.north", "ANNA", "anna@clinic.example", "", "staff@clinic.north"})
    EXPECT_THAT(as("Anna@clinic.example", own), HasSubstr("250 2.0.0")) << own;
  for (const char* other :
       {"bert@clinic.north", "anna@hub.south", "anna@elsewhere.example.org", "postmaster"})
    EXPECT_THAT(as("anna", other), HasSubstr("553 5.7.1 who is anna cannot send as ")) << other;
}

class SignOn : public IntakeTest {
 protected:
  SignOn() {
    hooks.knows = [this](std::string mailbox, std::string password) -> Task<bool> {
      asked.push_back(mailbox);
      co_return password == "secret";
    };
    hooks.log = [this](const std::string& line) { log.push_back(line); };
  }

  int try_it(const std::string& user, const std::string& password, const std::string& address = "192.0.2.1") {
    if (!intake) intake.emplace(house, depot, clock, hooks);
    int code = 0;
    const smtp::Client client{address, {}, {}, true};
    const auto task = [&]() -> Task<> {
      const auto refused = co_await intake->authenticate(client, user, password);
      code = refused ? refused->code : 235;
    };
    asio::co_spawn(io, task(), asio::detached);
    clock.run_until([&] { return code != 0; });
    return code;
  }

  std::optional<Intake> intake;
  std::vector<std::string> asked;
  std::vector<std::string> log;
};

TEST_F(SignOn, IsForMailboxesWithTheirPassword) {
  EXPECT_EQ(try_it("anna", "secret"), 235);
  EXPECT_EQ(try_it("Anna@Clinic.example", "secret"), 235);
  EXPECT_THAT(log, IsEmpty());
  EXPECT_EQ(try_it("anna", "wrong"), 535);
  EXPECT_EQ(try_it("eve", "secret"), 535);
  EXPECT_EQ(try_it("ben@hub.south", "secret"), 535);
  // Asked each time, so that it takes as long.
  EXPECT_THAT(asked, ElementsAre("ANNA", "ANNA", "ANNA", "POSTMASTER", "POSTMASTER"));
  EXPECT_THAT(log,
              ElementsAre("Mail from 192.0.2.1 was not taken: wrong password for ANNA.",
                          "Mail from 192.0.2.1 was not taken: it signed on as a user that is no mailbox.",
                          "Mail from 192.0.2.1 was not taken: it signed on as a user that is no mailbox."));
}

TEST_F(SignOn, WhoGuessesIsNotHeardForAWhile) {
  for (std::size_t guess = 0; guess < Guesses::most; ++guess) EXPECT_EQ(try_it("anna", "wrong"), 535);
  EXPECT_EQ(try_it("anna", "secret"), 421);
  EXPECT_EQ(try_it("anna", "secret", "192.0.2.2"), 235);
  clock.advance(Guesses::memory);
  EXPECT_EQ(try_it("anna", "secret"), 235);
}

TEST_F(SignOn, ARightPasswordMakesGuessesForgotten) {
  for (std::size_t guess = 1; guess < Guesses::most; ++guess) try_it("anna", "wrong");
  EXPECT_EQ(try_it("anna", "secret"), 235);
  EXPECT_EQ(try_it("anna", "wrong"), 535);
  EXPECT_EQ(try_it("anna", "secret"), 235);
}

TEST_F(IntakeTest, SendersOfElsewhereAreKept) {
  play(mail("anna", "Subject: x\r\n\r\n", "\"odd one\"@mail.example.org"));
  EXPECT_EQ(only().envelope.sender, "\"odd one\"@mail.example.org");
}

TEST_F(IntakeTest, SendersWithoutASensibleAddressAreRefused) {
  EXPECT_THAT(play(mail("anna@clinic.north", "x\r\n", std::string(321, 'x'))), HasSubstr("501 5.1.7 "));
  EXPECT_THAT(queue().list(), IsEmpty());
}

TEST_F(IntakeTest, SendersOfNobodyWeKnowAreKept) {
  play(mail("anna@clinic.north", "x\r\n", "Bob@gmail.example"));
  EXPECT_EQ(only().envelope.sender, "Bob@gmail.example");
}

/// The same with other settings.
class RuledIntakeTest : public IntakeTest {
 protected:
  void rule(const std::string& rules) {
    settings = config::parse("[External]\nHomePO = NORTH/CLINIC\nDomain = clinic.example\n" + rules +
                                 "[External-N]\nCommType = Tcp\n[PostOffice SOUTH/HUB]\nPassword = x\n"
                                 "Domain = hub.example\n",
                             folder / "external.ini");
    ruled = std::make_shared<const engine::Directory>(std::make_shared<const config::Settings>(settings));
  }

  std::string play_ruled(const std::string& text, smtp::Client client = {"127.0.0.1", {}, {}, false}) {
    House other{"clinic.north", ruled, house.mailboxes, house.useful_life, house.trusted};
    return play_in(other, text, std::move(client));
  }

  std::shared_ptr<const engine::Directory> ruled;
};

TEST_F(RuledIntakeTest, DomainsOfNeighboursAreTheirs) {
  rule("");
  play_ruled(mail("carl@hub.example"));
  EXPECT_EQ(only().envelope.recipients.at(0).address, "SOUTH/HUB/CARL");
}

TEST_F(RuledIntakeTest, AliasesAndTheCatchAllGetTheirMail) {
  rule("Alias = info: SOUTH/HUB/CARL\nCatchAll = anna\n");
  play_ruled(
      "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<info@clinic.example>\r\nRCPT TO:<eve@clinic.north>\r\nDATA\r\nx: "
      "y\r\n.\r\nQUIT\r\n");
  std::vector<std::string> waiting;
  for (const auto& status : only().recipients) {
    if (status.state == mailqueue::State::queued) waiting.push_back(status.recipient.address);
  }
  EXPECT_THAT(waiting, testing::UnorderedElementsAre("SOUTH/HUB/CARL", "NORTH/CLINIC/ANNA"));
}

TEST_F(RuledIntakeTest, TheGatewayIsNoOpenRelay) {
  for (const auto* gateway : {"SOUTH/HUB", "smtp://127.0.0.1:25"}) {
    rule(std::string("Gateway = ") + gateway + "\n");
    EXPECT_THAT(play_ruled(mail("Bob@gmail.example"), {"192.0.2.1", {}, {}, false}), HasSubstr("554 5.7.1 "))
        << gateway;
    EXPECT_THAT(
        play_ruled(mail("anna@clinic.north", "x\r\n", "Bob@gmail.example"), {"192.0.2.1", {}, {}, false}),
        HasSubstr("250 2.0.0 taken as"));
    EXPECT_THAT(play_ruled(mail("Bob@gmail.example")), HasSubstr("250 2.0.0 taken as"));
  }
  const auto all = queue().list();
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0].envelope.sender, "SOUTH/HUB/Bob@gmail.example");
  EXPECT_EQ(all[1].envelope.recipients.at(0).address, "SOUTH/HUB/Bob@gmail.example");
  EXPECT_EQ(all[2].envelope.sender, "NORTH/CLINIC/Bob@gmail.example");
  EXPECT_EQ(all[3].envelope.recipients.at(0).address, "NORTH/CLINIC/Bob@gmail.example");
}

TEST_F(RuledIntakeTest, MailboxesBeyondAsciiArriveWithSmtpUtf8) {
  rule("");
  house.mailboxes.add("j\u00FCrgen");
  EXPECT_THAT(play_ruled("EHLO x\r\nMAIL FROM:<> SMTPUTF8\r\nRCPT TO:<J\u00DCRGEN@clinic.example>\r\n"),
              HasSubstr("250 2.1.5"));
}

TEST_F(IntakeTest, NoticesHaveNoSender) {
  play(mail("anna", "Subject: x\r\n\r\n", ""));
  EXPECT_EQ(only().envelope.sender, "");
}

TEST_F(IntakeTest, LargeContentGoesThroughTheDisk) {
  std::string text = "Subject: large\r\n\r\n";
  std::string expected = "Subject: large\n\n";
  for (int line = 0; line < 30'000; ++line) {
    text += "line " + std::to_string(line) + " of many\r\n";
    expected += "line " + std::to_string(line) + " of many\n";
  }
  EXPECT_THAT(play(mail("anna", text)), HasSubstr("250 2.0.0"));
  EXPECT_THAT(content(only()), EndsWith("\n" + expected));
}

TEST_F(IntakeTest, AFullDiskIsForLater) {
  hooks.refuses = [](std::uint64_t bytes) { return bytes > 300'000 ? "Disk storage full" : ""; };
  EXPECT_THAT(play("EHLO x\r\nMAIL FROM:<a@b> SIZE=400000\r\n"), HasSubstr("452 4.3.1 Disk storage full"));
  const auto lines = [] {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += std::string(60, 'x') + "\r\n";
    return text;
  }();
  EXPECT_THAT(play(mail("anna", lines)), HasSubstr("452 4.3.1 Disk storage full"));
  EXPECT_THAT(queue().list(), IsEmpty());
}

TEST_F(IntakeTest, TellsOfNews) {
  int news = 0;
  hooks.news = [&] { ++news; };
  play(mail("anna"));
  EXPECT_EQ(news, 1);
}

TEST_F(IntakeTest, GroupsAreExpanded) {
  EXPECT_THAT(play(mail("staff")), HasSubstr("250 2.0.0"));
  std::vector<std::string> open;
  for (const auto& one : only().recipients) {
    if (one.state == mailqueue::State::queued) open.push_back(one.recipient.address);
  }
  EXPECT_THAT(open, ElementsAre("NORTH/CLINIC/ANNA", "EAST/FIELD/BEN"));
}

TEST_F(IntakeTest, WishesForNoticesAreKept) {
  play(
      "EHLO x\r\nMAIL FROM:<anna@clinic.north> RET=HDRS ENVID=e1\r\n"
      "RCPT TO:<SOUTH/HUB/BEN> NOTIFY=NEVER ORCPT=rfc822;ben@x\r\nRCPT TO:<SOUTH/HUB/EVE> NOTIFY=SUCCESS\r\n"
      "RCPT TO:<SOUTH/HUB/DORA>\r\nDATA\r\n.\r\n");
  const auto envelope = only().envelope;
  EXPECT_EQ(envelope.envelope_id, "e1");
  EXPECT_TRUE(envelope.headers_only);
  EXPECT_EQ(envelope.recipients.at(0).notify, mailqueue::never);
  EXPECT_EQ(envelope.recipients.at(0).original, "rfc822;ben@x");
  const mailqueue::Notify success{true, false, false};
  EXPECT_EQ(envelope.recipients.at(1).notify, success);
  EXPECT_EQ(envelope.recipients.at(2).notify, mailqueue::Notify());
}

TEST_F(IntakeTest, TooLargeForTheWayIsRefusedBeforeItComes) {
  EXPECT_THAT(play("EHLO x\r\nMAIL FROM:<anna@clinic.north> SIZE=3000000\r\nRCPT TO:<EAST/FIELD/BEN>\r\n"),
              HasSubstr("552 5.3.4 "));
}

TEST_F(IntakeTest, OneThatCannotBeAcceptedKeepsNoOtherOut) {
  std::vector<std::string> outcomes;
  const auto send = [&](std::string key) -> Task<> {
    const auto job = [&](mailqueue::Queue& its_queue) {
      mailqueue::Envelope envelope;
      envelope.key = key;
      if (!key.empty()) envelope.recipients.push_back({"NORTH/CLINIC/ANNA", "NORTH/CLINIC"});
      its_queue.accept(envelope, "x", clock.wall());
    };
    try {
      co_await depot.put(job);
      outcomes.push_back("accepted");
    } catch (const mailqueue::Error&) {
      outcomes.push_back("refused");
    }
  };
  asio::co_spawn(io, send("1"), asio::detached);
  asio::co_spawn(io, send(""), asio::detached);
  asio::co_spawn(io, send("3"), asio::detached);
  clock.run();
  EXPECT_THAT(outcomes, ElementsAre("accepted", "refused", "accepted"));
}

}  // namespace
}  // namespace external::intake::intake_test
