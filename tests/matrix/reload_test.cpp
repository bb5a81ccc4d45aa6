// What changes in an External that runs, and what goes on meanwhile.

#include "virtual_town.h"

namespace external::matrix::reload_test {
namespace {

using engine::LineState;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// What compression does not make shorter: some 40 s of a call.
std::string long_text() {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < 40'000) text += static_cast<char>('!' + random() % 90);
  return text;
}

struct ReloadTest : VirtualTown, ::testing::Test {
  void SetUp() override { ASSERT_TRUE(start()); }

  std::string logs() const { return "north\n" + north.log.all() + "south\n" + south.log.all(); }

  /// Runs until a call from north to south moves mail.
  void begin_a_call() {
    north.queue("SOUTH/HUB/ANNA", "Subject: long\n\n" + long_text());
    ASSERT_TRUE(run_until([&] {
      const auto line = north.engine->report().lines.front();
      return line.state == LineState::transferring && line.bytes_sent > 1'000;
    })) << logs();
  }
};

TEST_F(ReloadTest, AnotherPhoneHoldsFromTheNextCallOn) {
  EXPECT_EQ(north.reload("Phone = 5550002", "Phone = 5550009"), "");
  north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n");
  ASSERT_TRUE(north.log_gets("Call failed")) << logs();
  EXPECT_THAT(south.mailbox(), SizeIs(0));
  EXPECT_EQ(north.reload("Phone = 5550009", "Phone = 5550002"), "");
  EXPECT_TRUE(run_until([&] { return south.mailbox().size() == 1; }, 1h)) << logs();
}

TEST_F(ReloadTest, AnotherPasswordHoldsAtBothEnds) {
  expect_mail_passes();
  EXPECT_EQ(south.reload("Password = one", "Password = two"), "");
  north.queue("SOUTH/HUB/ANNA", "Subject: x\n\ny\n");
  EXPECT_TRUE(north.log_gets("sign-on ID or password incorrect")) << logs();
  EXPECT_EQ(north.reload("Password = one", "Password = two"), "");
  EXPECT_TRUE(run_until([&] { return south.mailbox().size() == 2; }, 4h)) << logs();
}

TEST_F(ReloadTest, ACallGoesOnAndItsLineStartsAnewWhenItIsOver) {
  begin_a_call();
  const auto initialised = north.log.count("Initialization complete");
  EXPECT_EQ(north.reload("AsyncSpeed = 9600", "AsyncSpeed = 19200"), "");
  EXPECT_EQ(north.log.count("Initialization complete"), initialised);
  ASSERT_TRUE(north.log_gets("Connection end.")) << logs();
  EXPECT_TRUE(north.log.has("Connection end. Disconnection.")) << logs();
  ASSERT_TRUE(run_until([&] { return north.log.count("Initialization complete") > initialised; })) << logs();
  EXPECT_TRUE(north.log.has("19200 bps")) << logs();
  EXPECT_THAT(south.mailbox(), SizeIs(1));
  EXPECT_EQ(north.log.count("Calling: SOUTH/HUB"), 1U);
  expect_mail_passes();
}

TEST_F(ReloadTest, ALineThatIsNotChangedIsNotTouched) {
  const auto initialised = north.log.count("Initializing Modem");
  EXPECT_EQ(north.reload("Phone = 5550002", "Phone = 5550002\nRetries = 7"), "");
  clock.advance(10min);
  EXPECT_EQ(north.log.count("Initializing Modem"), initialised);
}

TEST_F(ReloadTest, APostOfficeThatIsRemovedDuringItsCallIsServedToItsEnd) {
  begin_a_call();
  EXPECT_EQ(north.reload("[PostOffice SOUTH/HUB]\nPhone = 5550002\nPassword = one\n", ""), "");
  ASSERT_TRUE(north.log_gets("Connection end.")) << logs();
  EXPECT_TRUE(run_until([&] { return south.mailbox().size() == 1; })) << logs();
  north.queue("SOUTH/HUB/ANNA", "Subject: nowhere\n\nto go\n");
  EXPECT_TRUE(run_until([&] { return north.mailbox().size() == 1; })) << logs();
}

TEST_F(ReloadTest, MailThatWaitsGoesTheNewWay) {
  EXPECT_EQ(north.reload("Password = one\n", "Password = one\n[PostOffice EAST/FIELD]\nPassword = x\n"), "");
  north.queue("EAST/FIELD/BEN", "Subject: x\n\ny\n");
  ASSERT_TRUE(run_until([&] { return !north.engine->report().queue.empty(); }));
  EXPECT_EQ(north.log.count("Calling:"), 0U);
  EXPECT_EQ(north.reload("[PostOffice EAST/FIELD]\nPassword = x\n",
                         "[PostOffice EAST/FIELD]\nRoute = Indirect SOUTH/HUB\n"),
            "");
  EXPECT_TRUE(run_until([&] { return north.log.has("Calling: SOUTH/HUB"); }, 1min)) << logs();
}

TEST_F(ReloadTest, AnInstanceThatIsRemovedEndsAfterItsCall) {
  begin_a_call();
  EXPECT_EQ(south.reload("[External-Modem1]\n", "[External-Other]\n"), "");
  EXPECT_THAT(south.engine->report().lines, SizeIs(2));
  ASSERT_TRUE(run_until([&] { return south.mailbox().size() == 1; })) << logs();
  EXPECT_TRUE(run_until([&] { return south.engine->report().lines.size() == 1; })) << logs();
  EXPECT_EQ(south.engine->report().lines.front().instance, "Other");
  ASSERT_TRUE(south.is_in_state(LineState::listening)) << logs();
  expect_mail_passes();
}

TEST_F(ReloadTest, AWishForAPostOfficeThatIsGoneIsAnswered) {
  begin_a_call();
  EXPECT_EQ(north.reload("Password = one\n",
                         "Password = one\n[PostOffice EAST/FIELD]\nPhone = 5550007\nPassword = x\n"),
            "");
  std::optional<engine::CallReport> report;
  north.call("EAST/FIELD", report);
  clock.advance(1s);
  EXPECT_FALSE(report);
  EXPECT_EQ(north.reload("[PostOffice EAST/FIELD]\nPhone = 5550007\nPassword = x\n", ""), "");
  ASSERT_TRUE(run_until([&] { return report.has_value(); }));
  EXPECT_THAT(report->text, HasSubstr("unknown post office EAST/FIELD"));
}

TEST_F(ReloadTest, WhatCannotBeUsedChangesNothing) {
  EXPECT_THAT(north.reload("[PostOffice SOUTH/HUB]\nPhone = 5550002",
                           "[PostOffice SOUTH/HUB]\nPhone = <NOSUCH 5550002"),
              HasSubstr("NOSUCH.MDM not found"));
  expect_mail_passes();
  EXPECT_THAT(north.reload("Phone = <NOSUCH 5550002\nPassword = one\n",
                           "Phone = 5550002\nPassword = one\n[Group ANNA]\nMembers = ben\n"),
              HasSubstr("there is a mailbox ANNA too"));
  expect_mail_passes();
}

TEST_F(ReloadTest, ALineBeginsAnewWhenAsked) {
  const auto initialised = north.log.count("Initialization complete");
  std::optional<bool> known;
  asio::co_spawn(io, north.engine->renew_instance("modem1"),
                 [&](const std::exception_ptr&, bool result) { known = result; });
  ASSERT_TRUE(run_until([&] { return known.has_value(); }));
  EXPECT_TRUE(*known);
  EXPECT_TRUE(run_until([&] { return north.log.count("Initialization complete") > initialised; })) << logs();
}

}  // namespace
}  // namespace external::matrix::reload_test
