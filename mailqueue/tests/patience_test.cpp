// Waiting for the lock of another program.

#include "../src/patience.h"

#include <gtest/gtest.h>

namespace mailqueue::test::patience_test {
namespace {

using namespace std::chrono_literals;

TEST(Waiting, WhoHasWaitedLongAsksTheMostOften) {
  auto before = Patience::pause_after(1ms);
  for (auto waited = 1ms; waited < 10'000ms; waited += 1ms) {
    const auto pause = Patience::pause_after(waited);
    EXPECT_LE(pause, before) << waited.count() << " ms";
    EXPECT_GT(pause, 0us);
    before = pause;
  }
  EXPECT_LT(before, Patience::pause_after(1ms));
}

TEST(Waiting, EndsAfterItsTimeAndBeginsAgain) {
  Patience patience(2ms);
  int tries = 0;
  while (tries < 100 && patience.wait(tries)) ++tries;
  EXPECT_GT(tries, 0);
  EXPECT_LT(tries, 100);
  EXPECT_FALSE(patience.wait(tries));
  EXPECT_TRUE(patience.wait(0)) << "for the next lock";
}

}  // namespace
}  // namespace mailqueue::test::patience_test
