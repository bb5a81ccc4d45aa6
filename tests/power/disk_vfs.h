#pragma once
// The VFS "losing" of SQLite: the ordinary one, which tells the current Disk what it does and never waits.

#include <sqlite3.h>

namespace external::test {

/// While it lives the VFS is registered and the one that every new connection uses.
class DiskVfs {
 public:
  /// `weaker`: connections are made with synchronous = NORMAL, whatever the program says.
  explicit DiskVfs(bool weaker = false);
  DiskVfs(const DiskVfs&) = delete;
  DiskVfs& operator=(const DiskVfs&) = delete;
  ~DiskVfs();

 private:
  sqlite3_vfs vfs_;
  bool weaker_;
};

}  // namespace external::test
