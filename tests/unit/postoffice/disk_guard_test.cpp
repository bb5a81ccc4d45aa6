#include <external/postoffice/disk_guard.h>

#include <gmock/gmock.h>

namespace external::postoffice::disk_guard_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::uint64_t kilobyte = 1024;

/// A disk whose room is what the test says.
struct Disk {
  std::optional<std::uint64_t> room = 1000 * kilobyte;
  DiskGuard guard{"/mail", {100 * kilobyte, 200 * kilobyte}, [this](const auto&) { return room; }};

  bool full_with(std::uint64_t kilobytes) {
    room = kilobytes * kilobyte;
    guard.look();
    return guard.full();
  }
};

TEST(DiskGuard, IsFullBelowOneLimitUntilTheOther) {
  Disk disk;
  EXPECT_FALSE(disk.guard.full());
  EXPECT_FALSE(disk.full_with(100));
  EXPECT_TRUE(disk.full_with(99));
  EXPECT_TRUE(disk.full_with(150));
  EXPECT_TRUE(disk.full_with(199));
  EXPECT_FALSE(disk.full_with(200));
  EXPECT_FALSE(disk.full_with(150));
}

TEST(DiskGuard, TellsWhenThatChanges) {
  Disk disk;
  EXPECT_FALSE(disk.guard.look());
  disk.room = 1;
  EXPECT_TRUE(disk.guard.look());
  EXPECT_FALSE(disk.guard.look());
  EXPECT_THAT(disk.guard.text(), StartsWith("Disk storage full: 0 KB are free in /mail"));
  disk.room = 900 * kilobyte;
  EXPECT_TRUE(disk.guard.look());
  EXPECT_THAT(disk.guard.text(), HasSubstr("900 KB are free"));
}

TEST(DiskGuard, RefusesWhatWouldFillTheDisk) {
  Disk disk;
  EXPECT_EQ(disk.guard.refusal(900 * kilobyte, "SOUTH/HUB"), "");
  EXPECT_THAT(disk.guard.refusal(900 * kilobyte + 1, "SOUTH/HUB"),
              StartsWith("no room at SOUTH/HUB for 921,601 bytes: 1,000 KB are free"));
  EXPECT_FALSE(disk.guard.full()) << "smaller mail may come";
  EXPECT_NE(disk.guard.refusal(~0ULL, "SOUTH/HUB"), "");
  disk.room = 5 * kilobyte;
  EXPECT_EQ(disk.guard.refusal(0, "SOUTH/HUB"), "Disk storage full at SOUTH/HUB: 5 KB are free");
}

TEST(DiskGuard, WithoutAnUpperLimitTheLowerOneCounts) {
  std::uint64_t room = 99;
  DiskGuard guard("/mail", {100, 0}, [&](const auto&) { return std::optional(room); });
  EXPECT_TRUE(guard.full());
  room = 100;
  EXPECT_TRUE(guard.look());
  EXPECT_FALSE(guard.full());
}

// Never re-tested, or in an endless loop: here every question is a new look, and room ends the state.
TEST(Defect, Q93080_AFullDiskIsLookedAtAgainEachTime) {
  Disk disk;
  disk.room = 0;
  EXPECT_NE(disk.guard.refusal(1, "X"), "");
  disk.room = 500 * kilobyte;
  EXPECT_EQ(disk.guard.refusal(1, "X"), "");
}

TEST(Defect, Q196537_ADiskOfManyTerabytesRecovers) {
  Disk disk;
  EXPECT_TRUE(disk.full_with(1));
  EXPECT_FALSE(disk.full_with(5ULL << 30));        // 5 TB
  EXPECT_FALSE(disk.full_with((4ULL << 20) + 1));  // just over 4 GB
}

TEST(Defect, Q123248_AMissingFolderIsNotAFullDisk) {
  DiskGuard guard("/no/such/folder", {100, 200});
  EXPECT_FALSE(guard.full());
  EXPECT_EQ(guard.refusal(1 << 20, "X"), "");
  EXPECT_THAT(guard.settings_text(), HasSubstr("room unknown in /no/such/folder"));
}

TEST(DiskGuard, AsksTheSystem) {
  EXPECT_GT(free_space("/").value_or(0), 0u);
}

}  // namespace
}  // namespace external::postoffice::disk_guard_test
