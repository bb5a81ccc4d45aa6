#include "../../../src/engine/mail_store.h"

#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>

#include <lent.h>

namespace external::engine::mail_store_test {
namespace {

using namespace std::chrono_literals;

TEST(MailStore, TellsOfEachHopWhetherUrgentMailWaitsAndSinceWhenTheOldestDoes) {
  test::RealWorld world;
  const test::TempFolder folder;
  const auto settings = config::parse(
      "[External]\nHomePO = A/A\n[External-N]\nCommType = Tcp\n[PostOffice B/B]\nPassword = x\n"
      "[PostOffice C/C]\nRoute = Indirect B/B\n[PostOffice D/D]\nPassword = x\n",
      folder / "external.ini");
  MailStore store(world.clock, test::lent(settings));
  const auto now = std::chrono::floor<std::chrono::seconds>(world.clock.wall());
  mailqueue::Queue queue(settings.queue_file());
  const auto accept = [&](const std::string& to, mailqueue::Priority priority, std::chrono::minutes age) {
    mailqueue::Envelope envelope;
    envelope.key = to + std::to_string(age.count());
    envelope.recipients = {{to + "/X", to}};
    envelope.priority = priority;
    envelope.accepted = now - age;
    envelope.useful_life = 24h;
    queue.accept(envelope, "Subject: x\n\n", now);
  };
  accept("B/B", mailqueue::Priority::normal, 9min);
  accept("C/C", mailqueue::Priority::urgent, 20min);
  accept("D/D", mailqueue::Priority::normal, 1min);
  const auto survey = world.run(store.survey());
  ASSERT_EQ(survey.hops.size(), 2u);
  EXPECT_EQ(survey.hops[0].hop, "B/B");
  EXPECT_EQ(survey.hops[0].messages, 2u);
  EXPECT_TRUE(survey.hops[0].urgent);
  EXPECT_EQ(survey.hops[0].oldest, now - 20min);
  EXPECT_EQ(survey.hops[1].hop, "D/D");
  EXPECT_FALSE(survey.hops[1].urgent);
  EXPECT_EQ(survey.hops[1].oldest, now - 1min);
}

/// A post office with mail that waits.
struct Waiting : test::RealWorld {
  Waiting() { open(); }

  void open() {
    store.reset();
    store.emplace(clock, test::lent(settings));
  }

  mailqueue::MessageId accept(const std::vector<std::string>& to, std::chrono::minutes age,
                              std::chrono::seconds life = 24h) {
    mailqueue::Envelope envelope;
    envelope.key = "k" + std::to_string(++count);
    envelope.sender = "A/A/ANN";
    for (const auto& office : to) envelope.recipients.push_back({office + "/X", office});
    envelope.accepted = clock.wall() - age;
    envelope.useful_life = life;
    return *queue.accept(envelope, "Subject: x\n\n", envelope.accepted).message;
  }

  std::vector<std::string> survey() {
    std::vector<std::string> texts;
    for (const auto& event : run(store->survey()).events) texts.push_back(event.text);
    return texts;
  }

  test::TempFolder folder;
  config::Settings settings = config::parse(
      "[External]\nHomePO = A/A\nDelayWarnings = 4h, 8h\n[External-N]\nCommType = Tcp\n[PostOffice B/B]\n"
      "Password = x\nRetries = 2\n[PostOffice C/C]\nRoute = Indirect B/B\n",
      folder / "external.ini");
  mailqueue::Queue queue{settings.queue_file()};
  std::optional<MailStore> store;
  int count = 0;
};

TEST(MailStore, WarnsTheSenderOfMailThatWaitsOnceForEachStep) {
  Waiting office;
  office.accept({"B/B"}, 239min);
  const auto late = office.accept({"B/B"}, 241min);
  const auto first = office.survey();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_NE(first[0].find("Delayed k2 to B/B/X, waiting for 4 hours; A/A/ANN is told"), std::string::npos)
      << first[0];
  EXPECT_EQ(office.queue.show(late)->warned, 1);
  office.survey();  // delivers the warning, or gives it up: there is no mailbox ANN
  office.open();
  EXPECT_TRUE(office.survey().empty()) << "the next run";
}

TEST(MailStore, MailThatIsTooOldIsReturnedAndNotWarnedAbout) {
  Waiting office;
  office.accept({"B/B"}, 300min, 4h);
  const auto events = office.survey();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].find("[006] Useful life exceeded sending to: B/B; returned k1"), 0u) << events[0];
}

TEST(MailStore, WhatFailsTogetherComesBackWithOneNotice) {
  Waiting office;
  const auto message = office.accept({"B/B", "C/C"}, 0min);
  for (int i = 0; i < 2; ++i)
    office.queue.fail_due({"B/B", "C/C"}, "BUSY", office.clock.wall() - 1s, true, office.clock.wall());
  const auto events = office.survey();
  ASSERT_EQ(events.size(), 2u) << "one for each recipient";
  EXPECT_EQ(events[0].find("[005] Mail retry count exceeded sending to: B/B (BUSY); returned k1"), 0u)
      << events[0];
  EXPECT_FALSE(office.queue.show(message));
  EXPECT_EQ(office.queue.totals().messages, 1u) << "one notice";

  office.accept({"B/B", "C/C"}, 60min, 30min);
  EXPECT_EQ(office.survey().back().find("[006] Useful life exceeded sending to: B/B, C/C; returned k2"), 0u);
}

TEST(Defect, Q111558_ExpiryIsToldOnceForEachRecipient) {
  Waiting office;
  office.accept({"B/B"}, 60min, 30min);
  std::vector<std::string> told;
  for (int i = 0; i < 3; ++i) {
    for (const auto& text : office.survey()) {
      if (text.find("[006]") != std::string::npos) told.push_back(text);
    }
  }
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("not delivered to B/B/X"), std::string::npos);
}

TEST(MailStore, TellsMailFromHereFromMailInTransitAndHowLongLinesWereUsed) {
  test::RealWorld world;
  const test::TempFolder folder;
  const auto settings = config::parse(
      "[External]\nHomePO = A/A\n[External-N]\nCommType = Tcp\nSendHomeOnly\n"
      "[PostOffice B/B]\nPassword = x\nMinutesPerDay = 5\n[PostOffice C/C]\nRoute = Indirect B/B\n"
      "[PostOffice D/D]\nPassword = x\n",
      folder / "external.ini");
  MailStore store(world.clock, test::lent(settings));
  mailqueue::Queue queue(settings.queue_file());
  const auto accept = [&](const std::string& to, std::vector<std::string> hops) {
    mailqueue::Envelope envelope;
    envelope.key = to + std::to_string(hops.size());
    envelope.recipients = {{to + "/X", to}};
    envelope.hops = std::move(hops);
    envelope.accepted = world.clock.wall();
    envelope.useful_life = 24h;
    queue.accept(envelope, "Subject: x\n\n", world.clock.wall());
  };
  accept("C/C", {"D/D"});
  accept("D/D", {"B/B"});
  const auto transit = world.run(store.survey());
  ASSERT_EQ(transit.hops.size(), 2u);
  EXPECT_FALSE(transit.hops[0].from_here);
  accept("B/B", {});
  const mailqueue::Day today =
      std::chrono::floor<std::chrono::days>(world.clock.wall()).time_since_epoch().count();
  queue.add_line_time("B/B", today, 7s);
  const auto both = world.run(store.survey());
  EXPECT_TRUE(both.hops.at(0).from_here) << "beside mail in transit to C/C";
  EXPECT_FALSE(both.hops.at(1).from_here);
  ASSERT_EQ(both.line_time.size(), 1u);
  EXPECT_EQ(both.line_time[0].time, 7s);
}

}  // namespace
}  // namespace external::engine::mail_store_test
