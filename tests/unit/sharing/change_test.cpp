// Pools whose settings change while clients have their modems, or wait for them.

#include "pools_world.h"

#include <external/base/async.h>

namespace external::sharing::change_test {
namespace {

using engine::LeaseEnd;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ChangeTest : public PoolsTest {
 protected:
  /// Modem1 is lent to the first, and the second waits.
  void open_with_two() {
    open({"Modem1"});
    holder = &come("192.0.2.1:1");
    waiting = &come("192.0.2.2:1");
  }

  Talk* holder = nullptr;
  Talk* waiting = nullptr;
};

TEST_F(ChangeTest, WhoIsInStaysAndGoesOn) {
  open_with_two();
  office.allow = {"192.0.2.99"};
  office.password = "tuesday lantern";
  EXPECT_THAT(change({office}), IsEmpty());
  EXPECT_FALSE(holder->is_closed() || waiting->is_closed());
  EXPECT_THAT(report().leases, SizeIs(1));
  EXPECT_THAT(report().waiting, SizeIs(1));
  hang_up(*holder);
  EXPECT_EQ(given.back(), "192.0.2.2:1 of OFFICE");
  EXPECT_EQ(report().tally.ended.at("closed"), 1u) << "the tally goes on, too";
}

TEST_F(ChangeTest, APasswordIsForWhoComesFromNowOn) {
  open({"Modem1"});
  office.password = "tuesday lantern";
  change({office});
  EXPECT_EQ(come("192.0.2.1:1").heard, "Password: ");
}

TEST_F(ChangeTest, WhoGoesFirstIsAsked) {
  open_with_two();
  office.first = {"192.0.2.3"};
  change({office});
  come("192.0.2.3:1");
  hang_up(*holder);
  EXPECT_EQ(given.back(), "192.0.2.3:1 of OFFICE");
}

TEST_F(ChangeTest, LimitsOfLeasesHoldFromTheNextLeaseOn) {
  office.idle_limit = 15min;
  open_with_two();
  office.idle_limit = 1min;
  change({office});
  clock.advance(2min);
  EXPECT_FALSE(holder->is_closed());
  hang_up(*holder);
  clock.advance(2min);
  EXPECT_THAT(waiting->heard, EndsWith("the modem was taken back: nothing was said for 1m.\r\n"));
}

TEST_F(ChangeTest, ALeaseEndsIfThePoolDoesNotLendItsModemAnyMore) {
  open({"Modem1", "Modem2"});
  auto& one = come("192.0.2.1:1");
  auto& other = come("192.0.2.2:1");
  office.instances = {"Modem2"};
  change({office});
  EXPECT_THAT(one.heard, EndsWith("OFFICE: the modem was taken back: it is not lent any more.\r\n"));
  EXPECT_TRUE(one.is_closed());
  EXPECT_FALSE(other.is_closed());
  EXPECT_THAT(modems.at("Modem1").ends, ElementsAre(LeaseEnd::withdrawn));
  EXPECT_EQ(report().tally.ended.at("withdrawn"), 1u);
}

TEST_F(ChangeTest, WhoWaitsHasAModemThatCameAtOnce) {
  open_with_two();
  modems.try_emplace("Modem2", io.get_executor(), clock);
  office.instances = {"Modem1", "Modem2"};
  change({office});
  EXPECT_THAT(given, ElementsAre("192.0.2.1:1 of OFFICE", "192.0.2.2:1 of OFFICE"));
}

TEST_F(ChangeTest, OfAPoolThatWentAllAreToldAndNobodyElse) {
  office.instances = {"Modem1"};
  config::Share lab = office;
  lab.name = "LAB";
  lab.instances = {"Modem2"};
  open({office, lab}, {"Modem1", "Modem2"});
  auto& gone = come("192.0.2.1:1");
  auto& sent_away = come("192.0.2.2:1");
  auto& stays = come("192.0.2.3:1", "LAB");
  change({lab});
  EXPECT_THAT(gone.heard, EndsWith("OFFICE: the modem was taken back: it is not lent any more.\r\n"));
  EXPECT_EQ(sent_away.heard, "OFFICE: no modem: the pool was taken out of the settings.\r\n");
  EXPECT_TRUE(gone.is_closed() && sent_away.is_closed());
  EXPECT_FALSE(stays.is_closed());
  EXPECT_THAT(
      log.lines,
      ElementsAre("|Lease refused to 192.0.2.2:1 of OFFICE: the pool was taken out of the settings."));
  EXPECT_THAT(pools->report(), SizeIs(1));
}

TEST_F(ChangeTest, ANewPoolLendsTheSameModem) {
  open_with_two();
  config::Share lab = office;
  lab.name = "LAB";
  change({office, lab});
  come("192.0.2.3:1", "LAB");
  hang_up(*holder);
  EXPECT_EQ(given.back(), "192.0.2.2:1 of OFFICE");
  hang_up(*waiting);
  EXPECT_EQ(given.back(), "192.0.2.3:1 of LAB");
}

TEST_F(ChangeTest, APoolWithoutModemsSaysSo) {
  office.queue_limit = 0;
  open({"Modem1"});
  office.instances = {};
  change({office});
  EXPECT_EQ(come("192.0.2.1:1").heard, "OFFICE: no modem: it has no modem now.\r\n");
}

TEST_F(ChangeTest, AfterTheStopThereIsNone) {
  open({"Modem1"});
  pools->stop();
  change({});
  EXPECT_THAT(pools->report(), SizeIs(1));
}

}  // namespace
}  // namespace external::sharing::change_test
