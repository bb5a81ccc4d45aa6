#include "../../../src/engine/planner.h"

#include "temp_folder.h"

#include <external/config/load.h>

#include <gmock/gmock.h>

#include <lent.h>

namespace external::engine::planner_test {
namespace {

using namespace std::chrono_literals;
using namespace ::testing;

constexpr auto settings_text = R"([External]
HomePO = NORTH/CLINIC
[External-Modem1]
AsyncCommPort = /dev/a
[External-Modem2]
AsyncCommPort = /dev/b
[External-In]
AsyncCommPort = /dev/c
CommInOnly
[PostOffice A/A]
Phone = 1
Password = x
Regular = 10m
[PostOffice B/B]
Phone = 2
Instance = Modem2
Password = x
[PostOffice C/C]
Password = x
[PostOffice D/D]
Route = Indirect A/A
[PostOffice E/E]
Phone = 5
Instance = In
Password = x
)";

struct PlannerTest : Test {
  PlannerTest() { planner.instances({"Modem1", "Modem2"}); }

  std::shared_ptr<CallRequest> wish(const std::string& post_office) {
    auto one = std::make_shared<CallRequest>(io.get_executor(), post_office);
    planner.request(one);
    return one;
  }

  std::string next(const std::string& instance) {
    const auto task = planner.next_call(*settings.find_instance(instance));
    return task ? task->post_office : "";
  }

  void waits(const std::string& hop) {
    HopWork work;
    work.hop = hop;
    work.messages = 1;
    work.next_attempt = clock.wall();
    ASSERT_TRUE(planner.update({work}, planner.epoch()));
  }

  asio::io_context io;
  VirtualClock clock{io};
  config::Settings settings = config::parse(settings_text, "/po/external.ini");
  Planner planner{test::lent(settings), clock, false};
};

TEST_F(PlannerTest, RefusesWishesThatNoInstanceCanMeet) {
  EXPECT_THAT(wish("X/X")->report.text, HasSubstr("unknown post office X/X; add [PostOffice X/X]"));
  EXPECT_THAT(wish("C/C")->report.text, HasSubstr("no Phone or Address for C/C"));
  EXPECT_THAT(wish("D/D")->report.text, HasSubstr("D/D is reached through A/A; call that one"));
  EXPECT_THAT(wish("E/E")->report.text, HasSubstr("instance In does not dial"));
  planner.instances({"Modem1"});
  EXPECT_THAT(wish("B/B")->report.text, HasSubstr("instance Modem2 is not running"));
  EXPECT_FALSE(wish("A/A")->done.is_set());
}

TEST_F(PlannerTest, AWishWaitsAsLongAsOneInstanceMayStillMeetIt) {
  planner.update({}, 0);
  const auto any = wish("A/A");
  const auto second = wish("B/B");
  planner.refuse(settings.find_instance("Modem2"), "Port /dev/b is absent");
  EXPECT_FALSE(any->done.is_set());
  ASSERT_TRUE(second->done.is_set());
  EXPECT_EQ(second->report.text, "Port /dev/b is absent");
  planner.refuse(settings.find_instance("Modem1"), "Port /dev/a is absent");
  ASSERT_TRUE(any->done.is_set());
  EXPECT_EQ(any->report.text, "Port /dev/a is absent");

  // One that asks for work is able again.
  EXPECT_EQ(next("Modem2"), "");
  const auto later = wish("A/A");
  planner.refuse(settings.find_instance("Modem1"), "Port /dev/a is absent");
  EXPECT_FALSE(later->done.is_set());
  planner.refuse(nullptr, "External is stopping");
  EXPECT_TRUE(later->done.is_set());
}

TEST_F(PlannerTest, NobodyIsDialledTwiceAtOnceOrWhileHeCallsUs) {
  waits("A/A");
  EXPECT_EQ(next("Modem1"), "A/A");
  EXPECT_EQ(next("Modem2"), "");
  planner.call_ends("A/A", false);
  planner.incoming_call_begins("A/A", "In");
  waits("A/A");
  EXPECT_EQ(next("Modem1"), "");
  planner.incoming_call_ends("A/A", "In");
  waits("A/A");
  EXPECT_EQ(next("Modem1"), "") << "Regular counts calls that came in too";
  clock.advance(10min);
  EXPECT_EQ(next("Modem1"), "A/A");
}

TEST_F(PlannerTest, ACallForMailMeetsTheWishForTheSamePostOffice) {
  const auto asked = wish("B/B");
  waits("B/B");
  const auto task = planner.next_call(*settings.find_instance("Modem2"));
  ASSERT_TRUE(task);
  EXPECT_EQ(task->request, asked);
  EXPECT_EQ(task->messages, 1u);
  EXPECT_EQ(next("Modem2"), "");
}

TEST_F(PlannerTest, TellsThePlaceOfAWishAmongThoseForTheSameLines) {
  planner.update({}, 0);
  wish("A/A");
  wish("B/B");
  EXPECT_THAT(planner.place_of("B/B"), StartsWith("place 2 of 2 in the queue: Modem2 is not ready"));
  EXPECT_EQ(next("Modem2"), "A/A");
  EXPECT_THAT(planner.place_of("B/B"), StartsWith("place 1 of 1 in the queue: Modem2 is calling A/A since "));
  EXPECT_EQ(planner.place_of("A/A"), "");
  EXPECT_EQ(planner.place_of("X/X"), "");
}

TEST_F(PlannerTest, AHeldLineMakesOnlyCallsThatSomebodyAsksFor) {
  planner.hold_lines({"Modem1"});
  waits("A/A");
  EXPECT_EQ(next("Modem1"), "");
  wish("A/A");
  EXPECT_EQ(next("Modem1"), "A/A");
  planner.call_ends("A/A", false);
  planner.hold_lines({});
  waits("A/A");
  EXPECT_EQ(next("Modem1"), "A/A");
}

// Another line may make the call; if none may, it is refused with the reason.
TEST_F(PlannerTest, ALineThatRestsMeetsNoWishes) {
  const auto& first = *settings.find_instance("Modem1");
  const auto& second = *settings.find_instance("Modem2");
  planner.instance_rests(second, "Stopped by an administrator.");
  EXPECT_TRUE(wish("B/B")->done.is_set()) << "only Modem2 calls it";
  EXPECT_EQ(wish("B/B")->report.text, "instance Modem2: Stopped by an administrator.");
  const auto waits_on = wish("A/A");
  EXPECT_FALSE(waits_on->done.is_set()) << "Modem1 may";
  planner.instance_rests(first, "Disabled: no script.");
  ASSERT_TRUE(waits_on->done.is_set());
  EXPECT_EQ(waits_on->report.text, "instance Modem1: Disabled: no script.");
  planner.instance_works(second);
  EXPECT_FALSE(wish("B/B")->done.is_set());
}

TEST_F(PlannerTest, MailThatOnlyALineThatRestsCouldTakeIsAFailureButNothingToWaitFor) {
  waits("B/B");
  EXPECT_FALSE(planner.is_done());
  planner.instance_rests(*settings.find_instance("Modem2"), "Disabled: no script.");
  EXPECT_TRUE(planner.is_done());
  EXPECT_TRUE(planner.had_failure());
}

// Who gives its modem back when nothing is due must not do so before that is known.
TEST_F(PlannerTest, IsUpToDateOnceACallHasEndedAndTheQueueWasLookedAtSince) {
  const auto& modem1 = *settings.find_instance("Modem1");
  const auto& modem2 = *settings.find_instance("Modem2");
  EXPECT_FALSE(planner.is_up_to_date(modem1)) << "nobody has looked yet";
  waits("A/A");
  EXPECT_TRUE(planner.is_up_to_date(modem1));
  ASSERT_EQ(next("Modem1"), "A/A");
  EXPECT_FALSE(planner.is_up_to_date(modem2));
  waits("A/A");
  EXPECT_FALSE(planner.is_up_to_date(modem1)) << "its call may bring more";
  EXPECT_TRUE(planner.is_up_to_date(modem2));
  planner.call_ends("A/A", true);
  EXPECT_FALSE(planner.is_up_to_date(modem1));
  ASSERT_TRUE(planner.update({}, planner.epoch()));
  EXPECT_TRUE(planner.is_up_to_date(modem1));
}

TEST_F(PlannerTest, ALineThatCanCallAgainKeepsTheWishesThatAnotherOneCannotMeet) {
  const auto& modem1 = *settings.find_instance("Modem1");
  const auto& modem2 = *settings.find_instance("Modem2");
  planner.refuse(&modem1, "no port");
  planner.can_call(modem1);
  const auto one = wish("A/A");
  planner.refuse(&modem2, "no port");
  EXPECT_FALSE(one->done.is_set()) << one->report.text;
  planner.refuse(&modem1, "no port");
  EXPECT_TRUE(one->done.is_set());
}

TEST_F(PlannerTest, OfThoseThatWouldOpenAPortEachClaimsACallOfItsOwn) {
  const auto& modem1 = *settings.find_instance("Modem1");
  const auto& modem2 = *settings.find_instance("Modem2");
  waits("A/A");
  EXPECT_TRUE(planner.claim_call(modem1));
  EXPECT_TRUE(planner.claim_call(modem1)) << "it is its own";
  EXPECT_FALSE(planner.claim_call(modem2));
  const auto another = wish("B/B");
  EXPECT_TRUE(planner.claim_call(modem2));
  planner.refuse(&modem1, "no port");
  EXPECT_EQ(next("Modem2"), "B/B");
  EXPECT_TRUE(planner.claim_call(modem2)) << "nobody has claimed A/A now";
  planner.drop_claim(modem2);
  EXPECT_TRUE(planner.claim_call(modem1));
}

}  // namespace
}  // namespace external::engine::planner_test
