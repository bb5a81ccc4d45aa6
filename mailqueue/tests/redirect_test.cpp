// Recipients that are given another destination while they wait.

#include "support.h"

namespace mailqueue::test::redirect_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Redirect : public QueueTest {
 protected:
  Redirect() {
    queue.accept(mail("k1", {{"SOUTH/HUB/BOB", "SOUTH/HUB"}, {"SOUTH/HUB/EVE", "SOUTH/HUB"}}), "text", noon);
  }
};

TEST_F(Redirect, SomeRecipientsLeaveForAnotherDestination) {
  const auto ids = pick_one().ids();
  EXPECT_EQ(queue.redirect(std::array{ids[0]}, "SOUTH/HUB by LMTP"), 1u);
  EXPECT_EQ(queue.redirect(std::array{ids[0]}, "SOUTH/HUB by LMTP"), 0u);
  EXPECT_THAT(pick_one("SOUTH/HUB").ids(), ElementsAre(ids[1]));
  EXPECT_THAT(pick_one("SOUTH/HUB by LMTP").ids(), ElementsAre(ids[0]));
  EXPECT_THAT(queue.waiting(), SizeIs(2));
  queue.check();
  EXPECT_EQ(queue.redirect(std::array{ids[1]}, "SOUTH/HUB by LMTP"), 1u);
  ASSERT_THAT(queue.waiting(), SizeIs(1));
  EXPECT_EQ(queue.waiting()[0].messages, 1u);
  queue.check();
  EXPECT_THAT(queue.delivered(ids, noon), SizeIs(2));
  EXPECT_THAT(queue.waiting(), IsEmpty());
  queue.check();
}

TEST_F(Redirect, TheTimeOfTheNextAttemptStays) {
  const auto ids = pick_one().ids();
  queue.fail(ids, "busy", noon + second, true, noon);
  queue.redirect(ids, "EAST/SHIP");
  EXPECT_THAT(queue.pick({"EAST/SHIP"}, noon, 10), IsEmpty());
  EXPECT_THAT(queue.pick({"EAST/SHIP"}, noon + second, 10), SizeIs(1));
}

TEST_F(Redirect, WhatIsHeldGoesAlongAndWhatIsInTransferStays) {
  auto work = pick_one();
  const auto ids = work.ids();
  queue.start_transfer(work);
  queue.hold(std::array{ids[0]}, noon);
  EXPECT_EQ(queue.redirect(ids, "EAST/SHIP"), 1u);
  queue.check();
  queue.release(std::array{ids[0]}, noon);
  EXPECT_THAT(pick_one("EAST/SHIP").ids(), ElementsAre(ids[0]));
  queue.fail(std::array{ids[1]}, "broken", noon, false, noon);
  EXPECT_THAT(pick_one("SOUTH/HUB").ids(), ElementsAre(ids[1]));
  queue.check();
}

}  // namespace
}  // namespace mailqueue::test::redirect_test
