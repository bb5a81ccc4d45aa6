#include <external/base/descriptor.h>
#include <external/base/text.h>
#include <external/postoffice/maildir.h>

#include <openssl/sha.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace external::postoffice {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece = 64 * 1024;

// From so many files on it is cheaper to write down all that the file system holds in memory.
constexpr std::size_t worth_syncing_all = 8;

[[noreturn]] void fail(const std::string& what, const fs::path& path, int error) {
  throw DeliveryError(what + " " + path.string() + ": " + std::generic_category().message(error), error);
}

void make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail("cannot make", folder, errno);
}

void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) fail("cannot open", folder, errno);
  if (::fsync(descriptor.get()) != 0) fail("cannot write", folder, errno);
}

void write_all(const Descriptor& file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const auto count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Whether the file was not moved or removed between open and lock.
bool is_at(const fs::path& path, const Descriptor& file) {
  struct stat ours {};
  struct stat there {};
  return ::fstat(file.get(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

void add_names(const fs::path& folder, std::set<std::string>& names) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    names.insert(name.substr(0, name.find(':')));
  }
  if (error) fail("cannot read", folder, error.value());
}

}  // namespace

// A file in tmp/ that goes unless it was moved away under its final name.
class Maildir::Draft {
 public:
  explicit Draft(fs::path path) : path_(std::move(path)) {
    Descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) fail("cannot write", path_, errno);
    // Only a process that still lives holds the lock; what a dead one left is written anew.
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 || !is_at(path_, file)) {
      fail("another program delivers the same message in", path_, EWOULDBLOCK);
    }
    file_ = std::move(file);
    if (::ftruncate(file_.get(), 0) != 0) {
      const int error = errno;
      ::unlink(path_.c_str());
      fail("cannot write", path_, error);
    }
  }
  ~Draft() {
    if (file_ && !moved_) ::unlink(path_.c_str());
  }
  Draft(Draft&&) noexcept = default;
  Draft& operator=(Draft&&) = delete;

  std::string name() const { return path_.filename().string(); }

  void append(std::string_view bytes) { write_all(file_, bytes, path_); }

  void sync() {
    if (::fsync(file_.get()) != 0) fail("cannot write", path_, errno);
  }

  // With everything else on that file system: for many files far less than each by itself.
  void sync_all() {
    if (::syncfs(file_.get()) != 0) fail("cannot write", path_, errno);
  }

  void move_to(const fs::path& place) {
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) != 0) {
      // Some network file systems know only the plain form; the name is known to be free.
      if (errno != EINVAL) fail("cannot write", place, errno);
      if (::rename(path_.c_str(), place.c_str()) != 0) fail("cannot write", place, errno);
    }
    moved_ = true;
  }

 private:
  fs::path path_;
  Descriptor file_;
  bool moved_ = false;
};

Content content_of(std::string text) {
  return [text = std::move(text)](std::uint64_t offset, std::size_t size) {
    return offset < text.size() ? text.substr(offset, size) : std::string();
  };
}

std::string delivery_name(std::string_view key, std::string_view recipient) {
  const std::string both = std::string(key) + '\n' + std::string(recipient);
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(reinterpret_cast<const unsigned char*>(both.data()), both.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
  return hex(std::string_view(digest).substr(0, 16)) + ".external";
}

Maildir::Maildir(fs::path folder) : folder_(std::move(folder)) {}
Maildir::~Maildir() = default;
Maildir::Maildir(Maildir&&) noexcept = default;
Maildir& Maildir::operator=(Maildir&&) noexcept = default;

void Maildir::create() const {
  make_folder(folder_);
  make_folder(folder_ / "tmp");
  make_folder(folder_ / "new");
  sync_folder(folder_);
  sync_folder(folder_.parent_path().empty() ? fs::path(".") : folder_.parent_path());
  // Last, because holds() takes it for a sign that the others are durable, whoever was killed in between.
  make_folder(folder_ / "cur");
  sync_folder(folder_);
}

bool Maildir::holds(const std::string& name) {
  if (!names_) {
    std::error_code error;
    if (!fs::is_directory(folder_ / "tmp", error) || !fs::is_directory(folder_ / "cur", error)) create();
    std::set<std::string> names;
    add_names(folder_ / "new", names);
    add_names(folder_ / "cur", names);
    names_ = std::move(names);
  }
  return names_->contains(name);
}

Maildir::Outcome Maildir::deliver(const std::string& name, std::string_view head, const Content& content) {
  const auto outcome = put(name, head, content);
  commit();
  return outcome;
}

Maildir::Outcome Maildir::put(const std::string& name, std::string_view head, const Content& content) {
  if (holds(name)) {
    // The program that put it there may have died before its name was durable.
    unsynced_ = true;
    return Outcome::already_there;
  }
  Draft draft(folder_ / "tmp" / name);
  draft.append(head);
  std::uint64_t offset = 0;
  for (auto bytes = content(offset, piece); !bytes.empty(); bytes = content(offset, piece)) {
    draft.append(bytes);
    offset += bytes.size();
  }
  drafts_.push_back(std::move(draft));
  names_->insert(name);
  return Outcome::delivered;
}

void Maildir::commit() {
  auto drafts = std::exchange(drafts_, {});
  if (drafts.empty() && !unsynced_) return;
  try {
    if (drafts.size() >= worth_syncing_all) {
      drafts.front().sync_all();
    } else {
      for (auto& draft : drafts) draft.sync();
    }
    for (auto& draft : drafts) draft.move_to(folder_ / "new" / draft.name());
    sync_folder(folder_ / "new");
    unsynced_ = false;
  } catch (const DeliveryError&) {
    names_.reset();
    throw;
  }
}

std::size_t Maildir::sweep(WallTime before) const {
  std::size_t removed = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder_ / "tmp", error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (std::chrono::system_clock::from_time_t(status.st_mtime) >= before) continue;
    if (::unlink(entry->path().c_str()) == 0) ++removed;
  }
  return removed;
}

}  // namespace external::postoffice
