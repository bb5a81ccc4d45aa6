#pragma once
// A disk of few megabytes, to be full.

#include <filesystem>
#include <fstream>
#include <string>

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace external::test {

/// Gives this process and its children a view of the file systems of their own, in which they may mount: as
/// root, or as anybody where the kernel lets people have name spaces. Whatever is mounted ends with the last
/// of them. False if this computer does not allow it.
inline bool may_mount() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return false;
  if (user != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user << " " << user << " 1";
    std::ofstream("/proc/self/gid_map") << group << " " << group << " 1";
  }
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

class SmallDisk {
 public:
  /// Throws if it cannot be mounted.
  SmallDisk(const std::filesystem::path& place, int megabytes) : place_(place) {
    const auto options = "size=" + std::to_string(megabytes) + "m";
    if (::mount("external-test", place.c_str(), "tmpfs", 0, options.c_str()) != 0)
      throw std::runtime_error("cannot mount");
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() { ::umount2(place_.c_str(), MNT_DETACH); }

  /// Leaves so much room.
  void leave(std::uint64_t bytes) const {
    clear();
    const auto room = free_bytes();
    std::ofstream filler(place_ / "filler", std::ios::binary);
    const std::string block(4096, 'f');
    for (auto left = room > bytes ? room - bytes : 0; left >= block.size(); left -= block.size())
      filler << block;
  }

  /// Makes room again.
  void clear() const { std::filesystem::remove(place_ / "filler"); }

 private:
  std::uint64_t free_bytes() const {
    struct statvfs disk {};
    ::statvfs(place_.c_str(), &disk);
    return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  }

  std::filesystem::path place_;
};

}  // namespace external::test
