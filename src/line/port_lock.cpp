#include "port_lock.h"

#include <external/base/descriptor.h>
#include <external/base/guard.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace external::line {

namespace {

/// A program may have made its lock file and not yet written its number into it.
constexpr auto time_to_write = std::chrono::seconds(10);

error_code system_error(int error) {
  return {error, boost::system::system_category()};
}

/// What a failure to write in the lock folder means.
error_code write_error(int error) {
  if (error == ENOENT || error == ENOTDIR) return Error::no_lock_folder;
  if (error == EACCES || error == EPERM || error == EROFS) return Error::lock_unwritable;
  return system_error(error);
}

bool same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// Ten columns and a line feed, as HDB UUCP wrote it.
std::string pid_text() {
  char text[16];
  const int size = std::snprintf(text, sizeof text, "%10d\n", static_cast<int>(::getpid()));
  return {text, static_cast<std::size_t>(size)};
}

int pid_in(int fd) {
  char text[32] = {};
  const auto size = ::pread(fd, text, sizeof text - 1, 0);
  if (size <= 0) return 0;
  if (size == sizeof(int) &&
      std::strspn(text, " 0123456789\n") < sizeof(int)) {  // the binary style of some programs
    int pid = 0;
    std::memcpy(&pid, text, sizeof pid);
    return pid;
  }
  return std::atoi(text);
}

/// A whole lock file under a name of its own, to be put in place; whatever has this name in the end is
/// removed.
class Aside {
 public:
  explicit Aside(const std::string& folder)
      : path_(folder + "/LTMP." + std::to_string(::getpid()) + ".XXXXXX") {
    const Descriptor fd(::mkostemp(path_.data(), O_CLOEXEC));
    if (!fd) {
      error_ = write_error(errno);
      path_.clear();
      return;
    }
    const std::string text = pid_text();
    if (::fchmod(fd.get(), 0644) != 0 ||
        ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      error_ = write_error(errno);
    }
  }
  ~Aside() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  error_code error() const { return error_; }
  const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
  error_code error_;
};

/// A lock file as it was found. It is kept open, so that nothing else can get its inode.
class Found {
 public:
  explicit Found(const std::string& file) : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (!fd_ || ::fstat(fd_.get(), &status_) != 0) {
      error_ = errno;
      return;
    }
    pid_ = pid_in(fd_.get());
  }

  bool absent() const { return error_ == ENOENT; }
  bool unreadable() const { return error_ != 0 && !absent(); }
  int pid() const { return pid_; }

  /// Whether somebody may still rely on it.
  bool in_force(WallTime now) const {
    if (pid_ > 0) return is_alive(pid_);
    const WallTime written{std::chrono::seconds(status_.st_mtime)};
    return now - written < time_to_write && written - now < time_to_write;
  }

  /// False while another starter is replacing the same file.
  bool reserve() const { return ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0; }

  bool is_at(const char* path) const {
    struct stat there {};
    return ::stat(path, &there) == 0 && same_file(there, status_);
  }

 private:
  Descriptor fd_;
  struct stat status_ {};
  int error_ = 0;
  int pid_ = 0;
};

/// Puts `ours` in the place of the old lock, so that at no time there is none. What was there comes out under
/// the name of `ours`: should it not be the file that was judged, but one that another program has made
/// since, it is put back. Error::held then; no_such_file_or_directory if the old one has gone.
error_code replace(const Found& old, const std::string& file, const Aside& ours) {
  if (!old.reserve()) return Error::held;
  if (!old.is_at(file.c_str())) return system_error(ENOENT);
  if (::renameat2(AT_FDCWD, ours.path(), AT_FDCWD, file.c_str(), RENAME_EXCHANGE) == 0) {
    if (old.is_at(ours.path())) return {};
    ::renameat2(AT_FDCWD, ours.path(), AT_FDCWD, file.c_str(), RENAME_EXCHANGE);
    return Error::held;
  }
  if (errno == ENOENT) return system_error(ENOENT);
  // Not every file system can exchange two names.
  if (errno == EINVAL && ::rename(ours.path(), file.c_str()) == 0) return {};
  return write_error(errno);
}

std::string replaced_text(const std::string& file, int pid) {
  if (pid <= 0) return "Lock file " + file + ", which names no process, removed.";
  return "Lock file " + file + " of process " + std::to_string(pid) + ", which is gone, removed.";
}

}  // namespace

std::string lock_file_of(const std::string& device, const std::string& folder) {
  std::string name = device.starts_with("/dev/") ? device.substr(5) : device;
  while (!name.empty() && name.front() == '/') name.erase(0, 1);
  std::replace(name.begin(), name.end(), '/', '_');
  return folder + "/LCK.." + name;
}

int pid_in_lock_file(const std::string& file) {
  return Found(file).pid();
}

bool is_alive(int pid) {
  if (!guarded("R15")) return true;
  return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
}

PortLock::~PortLock() {
  // Not one that another program has made after somebody removed ours.
  if (!file_.empty() && pid_in_lock_file(file_) == ::getpid()) ::unlink(file_.c_str());
}

error_code PortLock::permission(const std::string& device, const std::string& folder, WallTime now) {
  if (folder.empty()) return {};
  const Found found(lock_file_of(device, folder));
  if (found.absent()) return {};
  if (found.unreadable()) return Error::lock_unreadable;
  if (found.pid() == ::getpid()) return {};
  return found.in_force(now) ? error_code(Error::held) : error_code();
}

Result<PortLock> PortLock::take(const std::string& device, const std::string& folder, WallTime now,
                                const Note& note) {
  if (folder.empty()) return PortLock();
  const std::string file = lock_file_of(device, folder);
  const Aside ours(folder);
  if (ours.error()) return ours.error();
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (::link(ours.path(), file.c_str()) == 0) return PortLock(file);
    if (errno != EEXIST) return write_error(errno);
    const Found found(file);
    if (found.absent()) continue;
    if (found.unreadable()) return error_code(Error::lock_unreadable);
    if (found.pid() != ::getpid() && found.in_force(now)) return error_code(Error::held);
    const auto error = replace(found, file, ours);
    if (error == boost::system::errc::no_such_file_or_directory) continue;
    if (error) return error;
    if (note) note(replaced_text(file, found.pid()));
    return PortLock(file);
  }
  return error_code(Error::held);
}

}  // namespace external::line
