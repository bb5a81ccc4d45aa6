#pragma once
// One program after the other on a disk, the first of which is killed at every moment.

#include "disk.h"
#include "disk_vfs.h"
#include "temp_folder.h"

#include <gtest/gtest.h>

#include <optional>

namespace external::test {

/// What a program does in the folder of a post office.
using Act = std::function<void(const std::filesystem::path&)>;

/// Kills `first` before each of its changes, one after the other, each time in a folder that `prepare` has
/// made. `then` goes on every time, and `kept` looks at what there is afterwards: what is left after a loss
/// of power if `loss` is given. `kept` tells what is wrong with EXPECT.
inline void after_each_kill(const Act& prepare, const Act& first, const Act& then, std::optional<Loss> loss,
                            const Act& kept) {
  namespace fs = std::filesystem;
  std::mt19937 random;
  for (unsigned change = 1;; ++change) {
    SCOPED_TRACE("killed before change " + std::to_string(change));
    const TempFolder folder;
    const auto root = folder / "before";
    fs::create_directories(root / "mail");
    prepare(root);
    bool came_through = false;
    {
      Disk disk(root);
      const DiskVfs vfs;
      disk.stop_after(change, [] {});
      try {
        first(root);
        came_through = !disk.gone();
      } catch (const std::exception&) {
        ASSERT_TRUE(disk.gone());
      }
      disk.come_back();
      fs::remove(root / "queue.db-shm");  // the dying program has still written into it
      then(root);
      if (loss) disk.survivors(folder / "after", *loss, random);
    }
    kept(loss ? folder / "after" : root);
    if (testing::Test::HasFailure()) return;
    if (came_through) {
      EXPECT_GT(change, 3u);
      return;
    }
  }
}

}  // namespace external::test
