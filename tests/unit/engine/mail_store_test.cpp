#include "../../../src/engine/mail_store.h"

#include "run.h"
#include "temp_folder.h"

#include <external/config/load.h>

namespace external::engine {
namespace {

using namespace std::chrono_literals;

TEST(MailStore, TellsOfEachHopWhetherUrgentMailWaitsAndSinceWhenTheOldestDoes) {
  test::RealWorld world;
  const test::TempFolder folder;
  const auto settings = config::parse(
      "[External]\nHomePO = A/A\n[External-N]\nCommType = Tcp\n[PostOffice B/B]\nPassword = x\n"
      "[PostOffice C/C]\nRoute = Indirect B/B\n[PostOffice D/D]\nPassword = x\n",
      folder / "external.ini");
  MailStore store(world.clock, settings);
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

TEST(MailStore, TellsMailFromHereFromMailInTransitAndHowLongLinesWereUsed) {
  test::RealWorld world;
  const test::TempFolder folder;
  const auto settings = config::parse(
      "[External]\nHomePO = A/A\n[External-N]\nCommType = Tcp\nSendHomeOnly\n"
      "[PostOffice B/B]\nPassword = x\nMinutesPerDay = 5\n[PostOffice C/C]\nRoute = Indirect B/B\n"
      "[PostOffice D/D]\nPassword = x\n",
      folder / "external.ini");
  MailStore store(world.clock, settings);
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
}  // namespace external::engine
