#include "offices.h"

namespace external::engine::engine_test {
namespace {

using namespace std::chrono_literals;
using test::Office;
using Pair = test::OfficePair;

TEST(Engine, MovesMailBothWaysInOneCallAndDeliversIt) {
  Pair pair;
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: up\n\nfrom the north\n");
  pair.south.queue("NORTH/CLINIC/ANNA", "Subject: down\n\nfrom the south\n");
  pair.north.start(pair);
  pair.south.start(pair);
  pair.run_until([&] {
    return pair.north.mailbox("ANNA").size() == 1 && pair.south.mailbox("ANNA").size() == 1 &&
           pair.south.log.has("Connection end.");
  });
  ASSERT_EQ(pair.south.mailbox("ANNA").size(), 1u) << pair.north.log.all() << pair.south.log.all();
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_TRUE(pair.south.mailbox("ANNA")[0].ends_with("Subject: up\n\nfrom the north\n"));
  EXPECT_TRUE(pair.north.log.has("Net: Calling: SOUTH/HUB"));
  EXPECT_TRUE(pair.north.log.has("Net: Sent key1@NORTH/CLINIC"));
  EXPECT_TRUE(pair.south.log.has("Connected: caller is NORTH/CLINIC"));
  EXPECT_TRUE(pair.south.log.has("Connection end. Disconnection."));
}

TEST(Engine, AReceiptComesBackFromTheLastPostOffice) {
  Pair pair;
  mailqueue::Envelope envelope;
  envelope.key = "wish@NORTH/CLINIC";
  envelope.sender = "NORTH/CLINIC/ANNA";
  envelope.recipients = {{"SOUTH/HUB/ANNA", "SOUTH/HUB", {true, true, true}, "rfc822;ann@hub.example"}};
  envelope.envelope_id = "QQ314159";
  envelope.accepted = std::chrono::system_clock::now();
  mailqueue::Queue(pair.north.folder.path() / "queue.db")
      .accept(envelope, "Subject: up\n\nx\n", std::chrono::system_clock::now());
  pair.north.start(pair);
  pair.south.start(pair);
  // SOUTH cannot dial: its receipt goes with the next call from NORTH.
  bool called_again = false;
  pair.run_until([&] {
    if (!called_again && pair.south.log.has("Receipt for") && pair.north.log.has("Connection end.")) {
      called_again = true;
      asio::co_spawn(pair.io, pair.north.engine->call("SOUTH/HUB"), [](const auto&, const auto&) {});
    }
    return !pair.north.mailbox("ANNA").empty();
  });
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all() << pair.south.log.all();
  const auto receipt = pair.north.mailbox("ANNA")[0];
  EXPECT_NE(receipt.find("Original-Envelope-Id: QQ314159\nReporting-MTA: dns; hub.south\n"),
            std::string::npos)
      << receipt;
  EXPECT_NE(
      receipt.find("Original-Recipient: rfc822;ann@hub.example\nFinal-Recipient: rfc822; anna@hub.south\n"
                   "Action: delivered\n"),
      std::string::npos);
}

TEST(Engine, AWrongPasswordIsSaidAtBothEndsAndTheMailComesBack) {
  Pair pair;
  pair.south.text.replace(pair.south.text.find("p;#w"), 4, "else");
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n");
  pair.north.start(pair);
  pair.south.start(pair);
  pair.run_until([&] { return !pair.north.mailbox("ANNA").empty(); });
  EXPECT_TRUE(pair.north.log.has("SOUTH/HUB refused us: sign-on ID or password incorrect"))
      << pair.north.log.all();
  EXPECT_TRUE(pair.south.log.has("Caller: Sign-on ID or password incorrect.")) << pair.south.log.all();
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_NE(pair.north.mailbox("ANNA")[0].find("[005] Mail retry count exceeded"), std::string::npos);
  EXPECT_TRUE(pair.south.mailbox("ANNA").empty());
}

TEST(Engine, MailToAnUnknownPostOfficeComesBackAtOnce) {
  Pair pair;
  pair.north.queue("EAST/NOWHERE/BOB", "Subject: x\n\ny\n");
  pair.north.start(pair);
  pair.run_until([&] { return !pair.north.mailbox("ANNA").empty(); });
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_NE(pair.north.mailbox("ANNA")[0].find("EAST/NOWHERE"), std::string::npos);
}

TEST(Engine, MailToAnUnknownMailboxComesBackFromTheOtherEnd) {
  Pair pair;
  pair.north.queue("SOUTH/HUB/NOBODY", "Subject: x\n\ny\n");
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: good\n\nz\n");
  pair.north.start(pair);
  pair.south.start(pair);
  // SOUTH cannot dial: its notice goes with the next call from NORTH.
  bool called_again = false;
  pair.run_until([&] {
    if (!called_again && pair.south.log.has("[002]") && pair.north.log.has("Connection end.")) {
      called_again = true;
      asio::co_spawn(pair.io, pair.north.engine->call("SOUTH/HUB"), [](const auto&, const auto&) {});
    }
    return !pair.north.mailbox("ANNA").empty() && !pair.south.mailbox("ANNA").empty();
  });
  EXPECT_EQ(pair.south.mailbox("ANNA").size(), 1u);
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all() << pair.south.log.all();
  EXPECT_NE(pair.north.mailbox("ANNA")[0].find("[002]"), std::string::npos);
}

TEST(Engine, MailThatIsTooOldComesBack) {
  Pair pair;
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n", 0s);
  pair.north.start(pair);
  pair.run_until([&] { return !pair.north.mailbox("ANNA").empty(); });
  ASSERT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log.all();
  EXPECT_NE(pair.north.mailbox("ANNA")[0].find("[006]"), std::string::npos);
}

TEST(Engine, ARequestedCallReportsHowItWent) {
  Pair pair;
  pair.north.start(pair);
  pair.south.start(pair);
  std::optional<CallReport> good;
  std::optional<CallReport> unknown;
  asio::co_spawn(pair.io, pair.north.engine->call("south/hub"),
                 [&](const auto&, CallReport report) { good = report; });
  asio::co_spawn(pair.io, pair.north.engine->call("WEST/NONE"),
                 [&](const auto&, CallReport report) { unknown = report; });
  pair.run_until([&] { return good && unknown; });
  ASSERT_TRUE(good && unknown);
  EXPECT_TRUE(good->ok) << good->text;
  EXPECT_FALSE(unknown->ok);
  EXPECT_NE(unknown->text.find("unknown post office WEST/NONE"), std::string::npos);
}

TEST(Engine, GarbageCallersAreHungUpOnAndTheNextCallWorks) {
  Pair pair;
  pair.south.start(pair);
  pair.north.start(pair);
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n");
  asio::ip::tcp::socket garbage(pair.io);
  asio::co_spawn(
      pair.io,
      [](asio::ip::tcp::socket& socket, const std::string& port) -> Task<> {
        asio::steady_timer pause(co_await asio::this_coro::executor, 50ms);
        co_await pause.async_wait(asio::use_awaitable);
        const asio::ip::tcp::endpoint end(asio::ip::make_address("127.0.0.1"),
                                          static_cast<std::uint16_t>(std::stoul(port)));
        co_await socket.async_connect(end, asio::use_awaitable);
        const std::string noise = "GET / HTTP/1.0\r\n\r\n" + std::string(100000, '\0') + "login: root\r\n";
        co_await asio::async_write(socket, asio::buffer(noise), asio::use_awaitable);
        socket.close();
      }(garbage, pair.port),
      asio::detached);
  pair.run_until([&] { return !pair.south.mailbox("ANNA").empty() && pair.south.log.has("Lost carrier."); });
  EXPECT_EQ(pair.south.mailbox("ANNA").size(), 1u) << pair.south.log.all();
}

TEST(Engine, ARequestedCallFailsAtOnceWhenThePortIsAbsent) {
  test::RealWorld world;
  Office office("NORTH/CLINIC",
                "[External-Modem1]\nAsyncCommPort = /dev/no-such-port\nCommScript = NONE\nLockFolder = /tmp\n"
                "[PostOffice SOUTH/HUB]\nPhone = 1\nPassword = x\n");
  std::ofstream(office.folder.path() / "NONE.MDM") << "INITIALIZE:\n  return 0\n";
  office.start(world);
  std::optional<CallReport> report;
  asio::co_spawn(world.io, office.engine->call("SOUTH/HUB"), [&](const auto&, CallReport got) {
    report = got;
    office.engine->stop();
  });
  world.run(office.engine->run());
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->ok);
  EXPECT_NE(report->text.find("Port /dev/no-such-port is absent"), std::string::npos) << report->text;
}

TEST(Engine, ABrokenScriptOrAnUnknownInstanceIsRefusedAtOnce) {
  test::RealWorld world;
  Office office("NORTH/CLINIC", "[External-Modem1]\nAsyncCommPort = /dev/null\nCommScript = BAD\n");
  EXPECT_THROW(office.start(world), std::runtime_error);
  std::ofstream(office.folder.path() / "bad.mdm") << "INITIALIZE:\n  sned \"ATZ\"\n";
  try {
    office.start(world);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("bad.mdm:2:3: error"), std::string::npos) << error.what();
  }
}

TEST(Defect, Q123397_SentLogHasOneLineForEachCopySent) {
  Pair pair;
  for (int i = 0; i < 3; ++i) pair.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n");
  pair.north.start(pair);
  pair.south.start(pair);
  pair.run_until(
      [&] { return pair.south.mailbox("ANNA").size() == 3 && pair.north.log.has("Connection end."); });
  ASSERT_EQ(pair.north.mail_logs.sent_mail.size(), 3u) << pair.north.log.all();
  EXPECT_EQ(pair.north.mail_logs.sent_mail[0].key, "key1@NORTH/CLINIC");
  EXPECT_EQ(pair.north.mail_logs.sent_mail[0].peer, "SOUTH/HUB");
  EXPECT_EQ(pair.north.mail_logs.sent_mail[0].size, 14u);
  EXPECT_TRUE(pair.south.mail_logs.sent_mail.empty());
  ASSERT_EQ(pair.north.mail_logs.calls_made.size(), 1u);
  EXPECT_EQ(pair.north.mail_logs.calls_made[0].sent, 3u);
  EXPECT_EQ(pair.north.mail_logs.calls_made[0].outcome, "Disconnection.");
  ASSERT_EQ(pair.south.mail_logs.calls_answered.size(), 1u);
  EXPECT_EQ(pair.south.mail_logs.calls_answered[0].peer, "NORTH/CLINIC");
  EXPECT_EQ(pair.south.mail_logs.calls_answered[0].received, 3u);
}

TEST(Defect, Q128512_RecvLogIsWrittenWhenMailArrives) {
  Pair pair;
  // It stays in the queue here, on its way to another post office.
  pair.south.text += "[PostOffice EAST/SHIP]\nPassword = x\n";
  pair.north.text += "[PostOffice EAST/SHIP]\nRoute = Indirect SOUTH/HUB\n";
  pair.north.queue("EAST/SHIP/BOB", "Subject: x\n\ny\n");
  pair.north.start(pair);
  pair.south.start(pair);
  pair.run_until([&] { return !pair.south.mail_logs.received_mail.empty(); });
  ASSERT_EQ(pair.south.mail_logs.received_mail.size(), 1u) << pair.south.log.all();
  EXPECT_EQ(pair.south.mail_logs.received_mail[0].recipients, std::vector<std::string>{"EAST/SHIP/BOB"});
}

TEST(Defect, Q111558_SystemLogHasOneEntryForEachReturn) {
  Pair pair;
  pair.north.queue("EAST/NOWHERE/BOB", "Subject: x\n\ny\n");
  pair.north.start(pair);
  pair.run_until([&] { return !pair.north.mailbox("ANNA").empty(); });
  ASSERT_EQ(pair.north.mail_logs.problems.size(), 1u) << pair.north.log.all();
  const auto& problem = pair.north.mail_logs.problems[0];
  EXPECT_EQ(problem.sender, "NORTH/CLINIC/ANNA");
  EXPECT_EQ(problem.report.at(0), "[001] unable to deliver");
}

TEST(Defect, Q127919_SystemLogNamesWhoGotNothing) {
  Pair pair;
  pair.north.queue("NORTH/CLINIC/NOBODY", "Subject: x\n\ny\n");
  pair.north.start(pair);
  pair.run_until([&] { return !pair.north.mailbox("ANNA").empty(); });
  ASSERT_EQ(pair.north.mail_logs.problems.size(), 1u) << pair.north.log.all();
  const auto& report = pair.north.mail_logs.problems[0].report;
  EXPECT_NE(std::find(report.begin(), report.end(), "  NORTH/CLINIC/NOBODY"), report.end());
}

}  // namespace
}  // namespace external::engine::engine_test
