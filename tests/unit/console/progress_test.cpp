#include <external/console/progress.h>

#include <gtest/gtest.h>

namespace external::console::progress_test {
namespace {

using namespace std::chrono_literals;

const Progress half{3, 12, 60'000, 120'000, 12s};

TEST(ProgressText, HasBarCountsTimeLeftAndRate) {
  EXPECT_EQ(progress_text(half, 100),
            "[###############...............] 3/12 messages  60,000/120,000 bytes  0:12 left  5,000 bytes/s");
}

TEST(ProgressText, FitsIntoAnyWidth) {
  for (std::size_t width = 0; width < 120; ++width)
    EXPECT_LE(progress_text(half, width).size(), width) << width;
}

TEST(ProgressText, LeavesOutTheLeastUsefulFirst) {
  EXPECT_EQ(progress_text(half, 60), "[#####......] 3/12 messages  60,000/120,000 bytes  0:12 left");
  EXPECT_EQ(progress_text(half, 29), "[######.......] 3/12 messages");
  EXPECT_EQ(progress_text(half, 14), "[######......]");
}

TEST(ProgressText, HasNoBarWithoutATotal) {
  EXPECT_EQ(progress_text({1, 0, 500, 0, 0s}, 80), "1 messages  500 bytes");
}

TEST(ProgressText, IsFullAtTheEndAndNeverMore) {
  EXPECT_EQ(progress_text({1, 1, 150, 100, 0s}, 12), "[##########]");
}

TEST(ProgressText, SaysNoTimeLeftBeforeTheRateIsKnown) {
  EXPECT_EQ(progress_text({0, 1, 0, 100, 5s}, 80).find("left"), std::string::npos);
}

}  // namespace
}  // namespace external::console::progress_test
