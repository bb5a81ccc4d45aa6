// Destinations and lines that are held as a whole.

#include "support.h"

namespace mailqueue::test::holds_test {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

class Holds : public QueueTest {
 protected:
  void accept(const std::string& key, const std::string& destination) {
    queue.accept(mail(key, {{destination + "/BOB", destination}}), "text", noon);
  }
};

TEST_F(Holds, NothingForAHeldDestinationIsDueEitherNowOrLater) {
  accept("before", "SOUTH/HUB");
  EXPECT_TRUE(queue.hold(Held::destination, "SOUTH/HUB", noon));
  EXPECT_FALSE(queue.hold(Held::destination, "SOUTH/HUB", noon + second));
  accept("after", "SOUTH/HUB");
  accept("other", "EAST/SHIP");
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB", "EAST/SHIP"}, noon, 10)), ElementsAre("other"));
  EXPECT_THAT(queue.due(noon), ElementsAre(Field(&Waiting::destination, "EAST/SHIP")));
  const auto waiting = queue.waiting();
  ASSERT_THAT(waiting, SizeIs(2));
  EXPECT_TRUE(waiting[1].held);
  EXPECT_EQ(waiting[1].messages, 2u);

  EXPECT_TRUE(queue.release(Held::destination, "SOUTH/HUB"));
  EXPECT_FALSE(queue.release(Held::destination, "SOUTH/HUB"));
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB"}, noon, 10)), ElementsAre("before", "after"));
}

TEST_F(Holds, OutliveTheProgram) {
  queue.hold(Held::destination, "SOUTH/HUB", noon);
  queue.hold(Held::line, "Modem1", noon + second);
  const Queue again(folder.queue());
  EXPECT_THAT(again.held(Held::destination), ElementsAre(Field(&HeldName::name, "SOUTH/HUB")));
  ASSERT_THAT(again.held(Held::line), ElementsAre(Field(&HeldName::name, "Modem1")));
  EXPECT_EQ(again.held(Held::line)[0].since, noon + second);
}

TEST_F(Holds, AHeldMessageIsNeitherTooOldNorTriedTooOften) {
  auto envelope = mail("k1");
  envelope.useful_life = std::chrono::seconds(60);
  queue.accept(envelope, "text", noon);
  queue.fail(pick_one().ids(), "BUSY", noon, true, noon);
  queue.hold(Held::destination, "SOUTH/HUB", noon);
  EXPECT_EQ(queue.fail_due({"SOUTH/HUB"}, "BUSY", noon, true, noon), 0u);
  const auto late = noon + std::chrono::hours(1);
  EXPECT_THAT(queue.overdue(late, 10), IsEmpty());
  EXPECT_THAT(queue.worn_out("SOUTH/HUB", 1, 10), IsEmpty());
  queue.release(Held::destination, "SOUTH/HUB");
  EXPECT_THAT(queue.overdue(late, 10), SizeIs(1));
  EXPECT_THAT(queue.worn_out("SOUTH/HUB", 1, 10), SizeIs(1));
}

TEST_F(Holds, ATransferThatIsUnderWayStops) {
  queue.accept(mail("k1", {{"a", "SOUTH/HUB"}, {"b", "EAST/SHIP"}}), "text", noon);
  Work work = queue.pick({"SOUTH/HUB", "EAST/SHIP"}, noon, 1).at(0);
  ASSERT_TRUE(queue.start_transfer(work));
  queue.hold(Held::destination, "SOUTH/HUB", noon);
  EXPECT_THAT(queue.wanted(work.ids(), noon), ElementsAre(work.targets[1].id));
}

TEST_F(Holds, WhatWasPickedBeforeTheHoldDoesNotStart) {
  accept("k1", "SOUTH/HUB");
  Work work = pick_one();
  queue.hold(Held::destination, "SOUTH/HUB", noon);
  EXPECT_FALSE(queue.start_transfer(work));
}

TEST_F(Holds, ALineHasNoEffectOnMail) {
  accept("k1", "SOUTH/HUB");
  queue.hold(Held::line, "SOUTH/HUB", noon);
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, noon, 10), SizeIs(1));
}

}  // namespace
}  // namespace mailqueue::test::holds_test
