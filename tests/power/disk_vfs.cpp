#include "disk_vfs.h"

#include "disk.h"

#include <string>
#include <utility>

namespace external::test {

namespace {

/// What is known of a file that lies on a Disk.
struct Known {
  Disk& disk;
  std::filesystem::path path;
  Disk::Ref node;
  bool names_folder;  ///< the first wait includes its name, as in the ordinary VFS for a new log
};

/// A file of SQLite: ours, with the ordinary one behind it in the same memory.
struct LosingFile {
  sqlite3_file base;
  Known* known;  ///< owned; none: the file lies elsewhere
};

bool makes_connections_weaker = false;

constexpr int own_size = (sizeof(LosingFile) + 15) / 16 * 16;

LosingFile& ours(sqlite3_file* file) {
  return *reinterpret_cast<LosingFile*>(file);
}
sqlite3_file* behind(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + own_size);
}
sqlite3_vfs* ordinary(sqlite3_vfs* vfs) {
  return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int close_file(sqlite3_file* file) {
  delete ours(file).known;
  return behind(file)->pMethods->xClose(behind(file));
}
int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  return behind(file)->pMethods->xRead(behind(file), bytes, size, offset);
}
int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const auto* known = ours(file).known;
  if (known && !known->disk.about_to_change()) return SQLITE_IOERR_WRITE;
  const int code = behind(file)->pMethods->xWrite(behind(file), bytes, size, offset);
  if (known && code == SQLITE_OK) {
    known->disk.wrote(known->node, static_cast<std::uint64_t>(offset),
                      {static_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  }
  return code;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const auto* known = ours(file).known;
  if (known && !known->disk.about_to_change()) return SQLITE_IOERR_TRUNCATE;
  const int code = behind(file)->pMethods->xTruncate(behind(file), size);
  if (known && code == SQLITE_OK) known->disk.cut(known->node, static_cast<std::uint64_t>(size));
  return code;
}
int wait_for_folder_of(Disk& disk, const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  if (!disk.about_to_change()) return SQLITE_IOERR_DIR_FSYNC;
  disk.wait_for(disk.find(folder), folder);
  return SQLITE_OK;
}
int sync(sqlite3_file* file, int flags) {
  auto* const known = ours(file).known;
  if (!known) return behind(file)->pMethods->xSync(behind(file), flags);
  if (!known->disk.about_to_change()) return SQLITE_IOERR_FSYNC;
  known->disk.wait_for(known->node, known->path);
  if (!std::exchange(known->names_folder, false)) return SQLITE_OK;
  return wait_for_folder_of(known->disk, known->path);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return behind(file)->pMethods->xFileSize(behind(file), size);
}
int lock(sqlite3_file* file, int level) {
  return behind(file)->pMethods->xLock(behind(file), level);
}
int unlock(sqlite3_file* file, int level) {
  return behind(file)->pMethods->xUnlock(behind(file), level);
}
int check_lock(sqlite3_file* file, int* result) {
  return behind(file)->pMethods->xCheckReservedLock(behind(file), result);
}
int control(sqlite3_file* file, int what, void* value) {
  if (what == SQLITE_FCNTL_PRAGMA && makes_connections_weaker) {
    const auto* words = static_cast<char**>(value);
    if (std::string(words[1]) == "synchronous" && words[2] && std::string(words[2]) == "FULL")
      return SQLITE_OK;  // taken, and nothing done
  }
  return behind(file)->pMethods->xFileControl(behind(file), what, value);
}
int sector_size(sqlite3_file* file) {
  return behind(file)->pMethods->xSectorSize(behind(file));
}
int characteristics(sqlite3_file* file) {
  return behind(file)->pMethods->xDeviceCharacteristics(behind(file));
}
int map_memory(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
  return behind(file)->pMethods->xShmMap(behind(file), region, size, extend, memory);
}
int lock_memory(sqlite3_file* file, int offset, int count, int flags) {
  return behind(file)->pMethods->xShmLock(behind(file), offset, count, flags);
}
void fence_memory(sqlite3_file* file) {
  behind(file)->pMethods->xShmBarrier(behind(file));
}
int unmap_memory(sqlite3_file* file, int remove) {
  return behind(file)->pMethods->xShmUnmap(behind(file), remove);
}

// Version 2: shared memory, which is not durable and nobody's concern, but no mapped files, whose writes
// could not be seen here.
constexpr sqlite3_io_methods methods{2,
                                     close_file,
                                     read,
                                     write,
                                     truncate,
                                     sync,
                                     file_size,
                                     lock,
                                     unlock,
                                     check_lock,
                                     control,
                                     sector_size,
                                     characteristics,
                                     map_memory,
                                     lock_memory,
                                     fence_memory,
                                     unmap_memory,
                                     nullptr,
                                     nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  Disk* disk = Disk::current();
  if (!name || (disk && !disk->holds(name))) disk = nullptr;
  const bool makes = disk && (flags & SQLITE_OPEN_CREATE) != 0 && !disk->find(name);
  if (makes && !disk->about_to_change()) return SQLITE_CANTOPEN;
  const int code = ordinary(vfs)->xOpen(ordinary(vfs), name, behind(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  if (makes) disk->made(name, false);
  const bool names_folder = makes && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  ours(file).known = disk ? new Known{*disk, name, disk->find(name), names_folder} : nullptr;
  file->pMethods = &methods;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int wait_for_folder) {
  Disk* disk = Disk::current();
  if (!disk || !disk->holds(name) || !disk->find(name))
    return ordinary(vfs)->xDelete(ordinary(vfs), name, wait_for_folder);
  if (!disk->about_to_change()) return SQLITE_IOERR_DELETE;
  const int code = ordinary(vfs)->xDelete(ordinary(vfs), name, 0);
  if (code != SQLITE_OK) return code;
  disk->removed(name);
  return wait_for_folder == 0 ? SQLITE_OK : wait_for_folder_of(*disk, name);
}

int weaken(sqlite3* connection, char**, const void*) {
  return sqlite3_exec(connection, "PRAGMA synchronous = NORMAL", nullptr, nullptr, nullptr);
}

using Extension = void (*)();

}  // namespace

DiskVfs::DiskVfs(bool weaker) : vfs_(*sqlite3_vfs_find(nullptr)), weaker_(weaker) {
  vfs_.pAppData = sqlite3_vfs_find(nullptr);
  vfs_.zName = "losing";
  vfs_.pNext = nullptr;
  vfs_.szOsFile += own_size;
  vfs_.xOpen = open_file;
  vfs_.xDelete = delete_file;
  sqlite3_vfs_register(&vfs_, 1);
  makes_connections_weaker = weaker;
  if (weaker) sqlite3_auto_extension(reinterpret_cast<Extension>(weaken));
}

DiskVfs::~DiskVfs() {
  if (weaker_) sqlite3_cancel_auto_extension(reinterpret_cast<Extension>(weaken));
  makes_connections_weaker = false;
  sqlite3_vfs_unregister(&vfs_);
}

}  // namespace external::test
