// The simulated disk itself: it must neither forget what was waited for nor keep what was not.

#include "disk.h"

#include "temp_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>

#include <fcntl.h>
#include <unistd.h>

namespace external::test::disk_test {
namespace {

namespace fs = std::filesystem;

class DiskTest : public testing::Test {
 protected:
  DiskTest() {
    fs::create_directory(folder / "root");
    disk.emplace(folder / "root");
  }

  int open(const std::string& name) const { return ::open((root() / name).c_str(), O_RDWR | O_CREAT, 0600); }
  void wait_for_names() const {
    const int names = ::open(root().c_str(), O_RDONLY | O_DIRECTORY);
    ::fsync(names);
    ::close(names);
  }
  fs::path root() const { return folder / "root"; }

  /// What is found of `name` after a loss of power.
  std::string found(Loss loss, const std::string& name) {
    const auto after = folder / ("after" + std::to_string(++losses));
    disk->survivors(after, loss, random);
    return fs::exists(after / name) ? read_file(after / name) : "absent";
  }

  TempFolder folder;
  std::optional<Disk> disk;
  std::mt19937 random{1};
  int losses = 0;
};

TEST_F(DiskTest, ANameOrContentThatNobodyWaitedForIsForgotten) {
  const int file = open("a");
  ASSERT_EQ(::write(file, "one", 3), 3);
  EXPECT_EQ(found(Loss::everything, "a"), "absent");
  ::fsync(file);
  EXPECT_EQ(found(Loss::everything, "a"), "absent");
  wait_for_names();
  ASSERT_EQ(::write(file, "two", 3), 3);
  EXPECT_EQ(found(Loss::everything, "a"), "one");
  ::close(file);
}

TEST_F(DiskTest, AFileThatIsMovedHasOneOfItsNamesAtLeast) {
  const int file = open("a");
  ASSERT_EQ(::write(file, "one", 3), 3);
  ::fsync(file);
  ::close(file);
  wait_for_names();
  ASSERT_EQ(::rename((root() / "a").c_str(), (root() / "b").c_str()), 0);
  EXPECT_EQ(found(Loss::everything, "a"), "one");
  for (int i = 0; i < 50; ++i) {
    const auto after = folder / ("move" + std::to_string(i));
    disk->survivors(after, Loss::some, random);
    EXPECT_TRUE(fs::exists(after / "a") || fs::exists(after / "b"));
  }
  wait_for_names();
  EXPECT_EQ(found(Loss::everything, "a"), "absent");
  EXPECT_EQ(found(Loss::everything, "b"), "one");
}

TEST_F(DiskTest, TheLastWriteIsTorn) {
  const int file = open("a");
  wait_for_names();
  ASSERT_EQ(::write(file, "first", 5), 5);
  ASSERT_EQ(::write(file, std::string(1000, 'x').c_str(), 1000), 1000);
  std::set<std::size_t> sizes;
  for (int i = 0; i < 20; ++i) {
    const auto content = found(Loss::torn, "a");
    EXPECT_TRUE(content.starts_with("first"));
    sizes.insert(static_cast<std::size_t>(std::count(content.begin(), content.end(), 'x')));
  }
  EXPECT_GT(sizes.size(), 10u);
  ::close(file);
}

TEST_F(DiskTest, AfterItsEndNothingChangesAnyMore) {
  const int file = open("a");
  wait_for_names();
  int calls = 0;
  disk->stop_after(2, [&] { ++calls; });
  EXPECT_EQ(::write(file, "one", 3), 3);
  EXPECT_EQ(::write(file, "two", 3), -1);
  EXPECT_EQ(::fsync(file), -1);
  EXPECT_EQ(::unlink((root() / "a").c_str()), -1);
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(disk->gone());
  EXPECT_EQ(read_file(root() / "a"), "one");
  EXPECT_EQ(found(Loss::everything, "a"), "");
  ::close(file);
}

TEST_F(DiskTest, ALieForgetsWhatWasWaitedFor) {
  disk.reset();
  disk.emplace(root(), [](const fs::path& path, bool is_folder) { return path == "a" && !is_folder; });
  const int file = open("a");
  ASSERT_EQ(::write(file, "one", 3), 3);
  ::fsync(file);
  wait_for_names();
  EXPECT_EQ(found(Loss::everything, "a"), "");
  ::close(file);
}

}  // namespace
}  // namespace external::test::disk_test
