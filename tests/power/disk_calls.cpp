// The calls of the system by which programs change files. The linker leads them here (-Wl,--wrap), from the
// queue and the mailboxes as from everybody else in this test program; SQLite, a library of its own, comes by
// disk_vfs.h. What is below the root of the current Disk is told to it and never really waited for.

#include "disk.h"

#include <cerrno>
#include <cstdarg>

#include <fcntl.h>
#include <unistd.h>

namespace {

using external::test::Disk;

Disk* disk_of(const char* path) {
  Disk* const disk = Disk::current();
  return disk && disk->holds(path) ? disk : nullptr;
}

/// The disk of an open file, and that file.
std::pair<Disk*, Disk::Open> disk_of(int descriptor) {
  Disk* const disk = Disk::current();
  if (!disk) return {};
  const auto found = disk->open_files.find(descriptor);
  if (found == disk->open_files.end()) return {};
  return {disk, found->second};
}

int no_disk() {
  errno = EIO;
  return -1;
}

}  // namespace

extern "C" {

int __real_open(const char* path, int flags, ...);
int __real_close(int descriptor);
int __real_mkdir(const char* path, mode_t mode);
ssize_t __real_write(int descriptor, const void* bytes, size_t size);
ssize_t __real_pwrite(int descriptor, const void* bytes, size_t size, off_t offset);
int __real_ftruncate(int descriptor, off_t size);
int __real_fsync(int descriptor);
int __real_fdatasync(int descriptor);
int __real_syncfs(int descriptor);
int __real_sync_file_range(int descriptor, off_t offset, off_t size, unsigned flags);
int __real_rename(const char* from, const char* to);
int __real_renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags);
int __real_unlink(const char* path);

int __wrap_open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  Disk* const disk = disk_of(path);
  if (!disk) return __real_open(path, flags, mode);
  const bool makes = (flags & O_CREAT) != 0 && !disk->find(path);
  if (makes && !disk->about_to_change()) return no_disk();
  const int descriptor = __real_open(path, flags, mode);
  if (descriptor < 0) return descriptor;
  if (makes) disk->made(path, false);
  if (auto node = disk->find(path)) disk->open_files[descriptor] = {path, std::move(node)};
  return descriptor;
}

int __wrap_close(int descriptor) {
  if (Disk* const disk = Disk::current()) disk->open_files.erase(descriptor);
  return __real_close(descriptor);
}

int __wrap_mkdir(const char* path, mode_t mode) {
  Disk* const disk = disk_of(path);
  if (!disk || disk->find(path)) return __real_mkdir(path, mode);
  if (!disk->about_to_change()) return no_disk();
  const int result = __real_mkdir(path, mode);
  if (result == 0) disk->made(path, true);
  return result;
}

ssize_t __wrap_write(int descriptor, const void* bytes, size_t size) {
  const auto [disk, file] = disk_of(descriptor);
  if (!disk) return __real_write(descriptor, bytes, size);
  const auto offset = ::lseek(descriptor, 0, SEEK_CUR);
  if (!disk->about_to_change()) return no_disk();
  const auto written = __real_write(descriptor, bytes, size);
  if (written > 0)
    disk->wrote(file.node, static_cast<std::uint64_t>(offset),
                {static_cast<const char*>(bytes), static_cast<std::size_t>(written)});
  return written;
}

ssize_t __wrap_pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  const auto [disk, file] = disk_of(descriptor);
  if (!disk) return __real_pwrite(descriptor, bytes, size, offset);
  if (!disk->about_to_change()) return no_disk();
  const auto written = __real_pwrite(descriptor, bytes, size, offset);
  if (written > 0)
    disk->wrote(file.node, static_cast<std::uint64_t>(offset),
                {static_cast<const char*>(bytes), static_cast<std::size_t>(written)});
  return written;
}

int __wrap_ftruncate(int descriptor, off_t size) {
  const auto [disk, file] = disk_of(descriptor);
  if (!disk) return __real_ftruncate(descriptor, size);
  if (!disk->about_to_change()) return no_disk();
  const int result = __real_ftruncate(descriptor, size);
  if (result == 0) disk->cut(file.node, static_cast<std::uint64_t>(size));
  return result;
}

int __wrap_fsync(int descriptor) {
  const auto [disk, file] = disk_of(descriptor);
  if (!disk) return __real_fsync(descriptor);
  if (!disk->about_to_change()) return no_disk();
  disk->wait_for(file.node, file.path);
  return 0;
}

int __wrap_fdatasync(int descriptor) {
  const auto disk = disk_of(descriptor).first;
  return disk ? __wrap_fsync(descriptor) : __real_fdatasync(descriptor);
}

int __wrap_syncfs(int descriptor) {
  const auto [disk, file] = disk_of(descriptor);
  if (!disk) return __real_syncfs(descriptor);
  if (!disk->about_to_change()) return no_disk();
  disk->wait_for_all(file.path);
  return 0;
}

int __wrap_sync_file_range(int descriptor, off_t offset, off_t size, unsigned flags) {
  const auto disk = disk_of(descriptor).first;
  return disk ? 0 : __real_sync_file_range(descriptor, offset, size, flags);  // promises nothing
}

int __wrap_rename(const char* from, const char* to) {
  Disk* const disk = disk_of(from);
  if (!disk) return __real_rename(from, to);
  if (!disk->about_to_change()) return no_disk();
  const int result = __real_rename(from, to);
  if (result == 0) disk->renamed(from, to);
  return result;
}

int __wrap_renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  Disk* const disk = disk_of(from);
  if (!disk) return __real_renameat2(from_folder, from, to_folder, to, flags);
  if (!disk->about_to_change()) return no_disk();
  const int result = __real_renameat2(from_folder, from, to_folder, to, flags);
  if (result == 0) disk->renamed(from, to);
  return result;
}

int __wrap_unlink(const char* path) {
  Disk* const disk = disk_of(path);
  if (!disk || !disk->find(path)) return __real_unlink(path);
  if (!disk->about_to_change()) return no_disk();
  const int result = __real_unlink(path);
  if (result == 0) disk->removed(path);
  return result;
}

}  // extern "C"
