// Who gets which modem when, in virtual time; the lines are played by the test.

#include "pools_world.h"

namespace external::sharing::pools_test {
namespace {

using engine::LeaseEnd;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(PoolsTest, TheFirstFreeModemInTheOrderOfThePool) {
  open({"Modem2", "Modem1", "Modem3"});
  modems.at("Modem2").free = false;
  come("192.0.2.1:1");
  come("192.0.2.1:2");
  EXPECT_EQ(report().leases[0].instance, "Modem1");
  EXPECT_EQ(report().leases[1].instance, "Modem3");
}

TEST_F(PoolsTest, SeveralAtOnceGetAModemEach) {
  open({"Modem1", "Modem2"});
  Talk& one = talks_.emplace_back();
  Talk& other = talks_.emplace_back();
  pools->welcome("OFFICE", Protocol::raw, std::make_unique<Connection>(io.get_executor(), one), "a:1");
  pools->welcome("OFFICE", Protocol::raw, std::make_unique<Connection>(io.get_executor(), other), "b:1");
  clock.advance(10ms);
  EXPECT_THAT(report().leases, SizeIs(2));
}

TEST_F(PoolsTest, WhoComesFirstIsServedFirst) {
  open({"Modem1"});
  auto& one = come("192.0.2.1:1");
  auto& two = come("192.0.2.2:1");
  auto& three = come("192.0.2.3:1");
  EXPECT_THAT(report().waiting, SizeIs(2));
  hang_up(one);
  hang_up(two);
  hang_up(three);
  EXPECT_THAT(given, ElementsAre("192.0.2.1:1 of OFFICE", "192.0.2.2:1 of OFFICE", "192.0.2.3:1 of OFFICE"));
  EXPECT_THAT(modems.at("Modem1").ends, testing::Each(LeaseEnd::closed));
  EXPECT_EQ(report().tally.ended.at("closed"), 3u);
}

TEST_F(PoolsTest, FirstGoesBeforeOthersThreeTimesInARow) {
  office.first = {"192.0.2.7", "2001:db8::/32"};
  open({"Modem1"});
  for (const auto* address :
       {"192.0.2.1:1", "192.0.2.2:1", "192.0.2.7:1", "[2001:db8::1]:2", "192.0.2.7:3", "192.0.2.7:4"}) {
    come(address);
  }
  for (int lease = 0; lease < 6; ++lease) {
    pools->kick("Modem1");
    clock.advance(10ms);
  }
  EXPECT_THAT(given,
              ElementsAre("192.0.2.1:1 of OFFICE", "192.0.2.7:1 of OFFICE", "[2001:db8::1]:2 of OFFICE",
                          "192.0.2.7:3 of OFFICE", "192.0.2.2:1 of OFFICE", "192.0.2.7:4 of OFFICE"));
}

TEST_F(PoolsTest, WhoWaitsIsToldPlaceAndHolder) {
  open({"Modem1", "Modem2"});
  modems.at("Modem2").free = false;
  auto& holder = come("192.0.2.1:1");
  auto& second = come("192.0.2.2:1");
  auto& third = come("192.0.2.3:1");
  clock.advance(3s);
  EXPECT_THAT(second.heard, HasSubstr("OFFICE: all modems are in use: Modem1 by 192.0.2.1:1 since "));
  EXPECT_THAT(second.heard, EndsWith("Modem2 is answering. You are number 1 in the queue.\r\n"));
  EXPECT_THAT(third.heard, EndsWith("You are number 2 in the queue.\r\n"));
  const auto once = third.heard;
  clock.advance(10s);
  EXPECT_EQ(third.heard, once);
  hang_up(holder);
  EXPECT_THAT(second.heard, EndsWith("OFFICE: Modem1 is yours.\r\n"));
  clock.advance(3s);
  EXPECT_THAT(third.heard, EndsWith("You are number 1 in the queue.\r\n"));
}

TEST_F(PoolsTest, WhoIsGivenAModemAtOnceIsToldNothing) {
  open({"Modem1"});
  auto& client = come("192.0.2.1:1");
  clock.advance(1min);
  EXPECT_THAT(client.heard, IsEmpty());
}

TEST_F(PoolsTest, WhoComesToAFullQueueIsRefused) {
  office.queue_limit = 1;
  open({"Modem1"});
  come("192.0.2.1:1");
  come("192.0.2.2:1");
  auto& refused = come("192.0.2.3:1");
  EXPECT_THAT(refused.heard, HasSubstr("OFFICE: no modem: all modems are in use: Modem1 by 192.0.2.1:1"));
  EXPECT_THAT(refused.heard, HasSubstr("1 client waits for one already.\r\n"));
  EXPECT_TRUE(refused.is_closed());
  EXPECT_EQ(report().tally.refused.at("queue"), 1u);
  EXPECT_THAT(log.lines.back(), HasSubstr("|Lease refused to 192.0.2.3:1 of OFFICE: all modems are in use"));
}

TEST_F(PoolsTest, WithoutAQueueWhoFindsNoModemIsRefused) {
  office.queue_limit = 0;
  open({"Modem1"});
  come("192.0.2.1:1");
  EXPECT_TRUE(come("192.0.2.2:1").is_closed());
}

TEST_F(PoolsTest, AModemThatACallHasTakenMeanwhileIsNoneToWaitFor) {
  office.queue_limit = 0;
  open({"Modem1"});
  pools->serve({[](const std::string&) {}, [](const std::string&) { return true; },
                [](const std::string&) { return std::string("is ringing"); }});
  auto& client = come("192.0.2.1:1");
  EXPECT_FALSE(client.is_closed());
  clock.advance(2s);
  EXPECT_THAT(client.heard, HasSubstr("OFFICE: no modem: all modems are in use: Modem1 is ringing."));
  EXPECT_TRUE(client.is_closed());
}

TEST_F(PoolsTest, NobodyWaitsLongerThanTheLimit) {
  office.wait_limit = 1min;
  open({"Modem1"});
  come("192.0.2.1:1");
  auto& waiting = come("192.0.2.2:1");
  clock.advance(59s);
  EXPECT_FALSE(waiting.is_closed());
  clock.advance(2s);
  EXPECT_THAT(waiting.heard, EndsWith("OFFICE: no modem: none has come free in 1m.\r\n"));
  EXPECT_TRUE(waiting.is_closed());
  EXPECT_THAT(report().waiting, IsEmpty());
  EXPECT_EQ(report().tally.refused.at("wait"), 1u);
}

TEST_F(PoolsTest, WhoGoesWhileItWaitsIsForgotten) {
  open({"Modem1"});
  auto& holder = come("192.0.2.1:1");
  hang_up(come("192.0.2.2:1"));
  EXPECT_THAT(report().waiting, IsEmpty());
  come("192.0.2.3:1");
  hang_up(holder);
  EXPECT_THAT(given, ElementsAre("192.0.2.1:1 of OFFICE", "192.0.2.3:1 of OFFICE"));
}

TEST_F(PoolsTest, AnAdministratorEndsLeasesAndWaits) {
  open({"Modem1"});
  auto& holder = come("192.0.2.1:1");
  auto& waiting = come("192.0.2.2:1");
  auto& last = come("192.0.2.3:1");
  EXPECT_TRUE(pools->kick(report().waiting[0].id));
  clock.advance(10ms);
  EXPECT_THAT(waiting.heard, EndsWith("OFFICE: no modem: an administrator ended the wait.\r\n"));
  EXPECT_TRUE(waiting.is_closed());
  EXPECT_TRUE(pools->kick("MODEM1"));
  clock.advance(10ms);
  EXPECT_THAT(holder.heard, EndsWith("the modem was taken back: an administrator ended the lease.\r\n"));
  EXPECT_THAT(report().leases, SizeIs(1));
  EXPECT_EQ(report().leases[0].client, "192.0.2.3:1");
  EXPECT_FALSE(last.is_closed());
  EXPECT_FALSE(pools->kick(4711));
  EXPECT_FALSE(pools->kick("Modem2"));
}

TEST_F(PoolsTest, OfTwoPoolsWithOneModemWhoWaitsLongestIsNext) {
  office.instances = {"Modem1"};
  config::Share lab = office;
  lab.name = "LAB";
  open({office, lab}, {"Modem1"});
  auto& holder = come("192.0.2.1:1");
  come("192.0.2.2:1", "LAB");
  come("192.0.2.3:1", "OFFICE");
  hang_up(holder);
  EXPECT_EQ(given.back(), "192.0.2.2:1 of LAB");
}

TEST_F(PoolsTest, CallsGoToThoseWhoWaitWhereThePoolSaysSo) {
  office.instances = {"Modem1"};
  config::Share answering = office;
  answering.name = "ANSWERING";
  answering.hand_over_calls = true;
  open({office, answering}, {"Modem1"});
  modems.at("Modem1").free = false;
  come("192.0.2.1:1");
  EXPECT_EQ(pools->next_for_call("Modem1"), nullptr);
  come("192.0.2.2:1", "ANSWERING");
  EXPECT_EQ(pools->next("Modem1")->name(), "192.0.2.1:1 of OFFICE");
  EXPECT_EQ(pools->next_for_call("Modem1")->name(), "192.0.2.2:1 of ANSWERING");
  const auto client = pools->lend("Modem1", true);
  EXPECT_EQ(client->name(), "192.0.2.2:1 of ANSWERING");
}

TEST_F(PoolsTest, ALeaseThatNobodyBeganToUseIsOverWhenItIsDropped) {
  open({"Modem1"});
  modems.at("Modem1").free = false;
  auto& client = come("192.0.2.1:1");
  pools->lend("Modem1", false).reset();
  clock.advance(10ms);
  EXPECT_TRUE(client.is_closed());
  EXPECT_THAT(report().leases, IsEmpty());
  EXPECT_EQ(report().tally.ended.at("stopped"), 1u);
}

TEST_F(PoolsTest, APasswordIsAskedFor) {
  office.password = "tuesday lantern";
  open({"Modem1"});
  auto& client = come("192.0.2.1:1");
  EXPECT_EQ(client.heard, "Password: ");
  client.say("tuesday lantern\r");
  clock.advance(10ms);
  client.say("\nATZ\r");
  clock.advance(10ms);
  EXPECT_THAT(report().leases, SizeIs(1));
  EXPECT_EQ(report().leases[0].to_modem, 4u);
}

TEST_F(PoolsTest, WhoDoesNotSayThePasswordGetsNoModem) {
  office.password = "tuesday lantern";
  open({"Modem1"});
  auto& guesser = come("192.0.2.1:1");
  for (const auto* guess : {"tuesday\r\n", "tuesday lanternn\r\n", "\r\n\r\nTuesday lantern\r\n"}) {
    guesser.say(guess);
    clock.advance(3s);
  }
  EXPECT_THAT(guesser.heard, EndsWith("OFFICE: no modem: it did not say the password.\r\n"));
  EXPECT_TRUE(guesser.is_closed());
  auto& silent = come("192.0.2.1:2");
  clock.advance(31s);
  EXPECT_TRUE(silent.is_closed());
  EXPECT_EQ(report().tally.refused.at("password"), 2u);
  EXPECT_THAT(given, IsEmpty());
}

TEST_F(PoolsTest, TheEndOfTheRunIsTheEndOfAllWhoCame) {
  office.instances = {"Modem1"};
  open({office}, {"Modem1"});
  auto& holder = come("192.0.2.1:1");
  auto& waiting = come("192.0.2.2:1");
  end();
  EXPECT_TRUE(holder.is_closed());
  EXPECT_TRUE(waiting.is_closed());
  EXPECT_THAT(modems.at("Modem1").ends, SizeIs(1));
}

TEST_F(PoolsTest, WhoWaitsIsToldThatExternalStops) {
  open({"Modem1"});
  auto& holder = come("192.0.2.1:1");
  auto& waiting = come("192.0.2.2:1");
  pools->stop();
  clock.advance(10ms);
  EXPECT_EQ(waiting.heard, "OFFICE: no modem: External is stopping.\r\n");
  EXPECT_TRUE(waiting.is_closed());
  EXPECT_FALSE(holder.is_closed()) << "its line tells it";
  EXPECT_EQ(report().tally.refused.at("stopped"), 1u);
  EXPECT_THAT(log.lines, ElementsAre("|Lease refused to 192.0.2.2:1 of OFFICE: External is stopping."));
}

TEST_F(PoolsTest, SoIsWhoIsAskedForThePasswordAndWhoComesMeanwhile) {
  office.password = "tuesday lantern";
  open({"Modem1"});
  auto& asked = come("192.0.2.1:1");
  pools->stop();
  clock.advance(10ms);
  EXPECT_THAT(asked.heard, EndsWith("OFFICE: no modem: External is stopping.\r\n"));
  EXPECT_EQ(come("192.0.2.2:1").heard, "OFFICE: no modem: External is stopping.\r\n");
  EXPECT_EQ(report().tally.refused.at("stopped"), 2u);
}

TEST_F(PoolsTest, WhoWaitsIsToldSoAlsoIfNobodySaidThatItStops) {
  open({"Modem1"});
  modems.at("Modem1").free = false;
  auto& waiting = come("192.0.2.1:1");
  end();
  EXPECT_EQ(waiting.heard, "OFFICE: no modem: External is stopping.\r\n");
}

TEST_F(PoolsTest, WhoDoesNotTakeItsLastWordsHoldsNoStopUpForLongerThanASecond) {
  open({"Modem1"});
  modems.at("Modem1").free = false;
  auto& deaf = come("192.0.2.1:1");
  deaf.end->stall();
  pools->stop();
  clock.advance(600ms);
  cancel();
  clock.advance(390ms);
  EXPECT_FALSE(deaf.is_closed());
  clock.advance(20ms);
  EXPECT_TRUE(deaf.is_closed());
  EXPECT_TRUE(has_ended);
}

// Two that come at the same instant are not to be sent to the same modem, which would be the first one's.
TEST_F(PoolsTest, EachWakesTheModemThatIsItsOwnByOrder) {
  open({"Modem1", "Modem2"});
  std::vector<std::string> woken;
  pools->serve({[&](const std::string& instance) { woken.push_back(instance); },
                [](const std::string&) { return true; },
                [](const std::string&) { return std::string("is free"); }});
  come("192.0.2.1:1");
  come("192.0.2.2:1");
  EXPECT_THAT(woken, ElementsAre("Modem1", "Modem2"));
}

}  // namespace
}  // namespace external::sharing::pools_test
