#include "content_file.h"

#include "durable_name.h"
#include "random.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mailqueue {

std::filesystem::path content_folder(const Database& database) {
  return std::filesystem::absolute(database.path() + "-content");
}

std::string new_file_name() {
  return std::to_string(random_number()) + "-" + std::to_string(random_number());
}

ContentFile::ContentFile(ContentFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

ContentFile& ContentFile::operator=(ContentFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

ContentFile::~ContentFile() {
  if (fd_ >= 0) ::close(fd_);
}

ContentFile ContentFile::open_or_create(const Database& database, const std::string& name) {
  const std::filesystem::path folder = content_folder(database);
  const std::filesystem::path path = folder / name;
  int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) {
    if (::mkdir(folder.c_str(), 0770) != 0 && errno != EEXIST) fail_with(folder, "made", errno);
    fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (fd >= 0) {
      sync_folder(folder);
      // Also if it was there: who made it may have been killed before its name was durable.
      sync_folder(folder.parent_path());
    }
  }
  if (fd < 0) fail_with(path, "opened", errno);
  return {path, fd};
}

std::optional<ContentFile> ContentFile::open(const Database& database, const std::string& name) {
  const std::filesystem::path path = content_folder(database) / name;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) return ContentFile(path, fd);
  if (errno == ENOENT) return std::nullopt;
  fail_with(path, "opened", errno);
}

void ContentFile::fail(const char* action) const {
  fail_with(path_, action, errno);
}

std::uint64_t ContentFile::size() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail("looked at");
  return static_cast<std::uint64_t>(status.st_size);
}

void ContentFile::write(std::uint64_t offset, Bytes bytes) {
  const std::uint64_t start = offset;
  const std::size_t size = bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("written");
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  // The disk may begin now; sync() then has little left to wait for.
  ::sync_file_range(fd_, static_cast<off_t>(start), static_cast<off_t>(size), SYNC_FILE_RANGE_WRITE);
}

void ContentFile::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) fail("cut");
}

void ContentFile::sync() {
  if (::fdatasync(fd_) != 0) fail("made durable");
}

std::string ContentFile::read(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::pread(fd_, bytes.data() + have, size - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read");
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

void remove_file_at_end(Database& database, const std::string& name) {
  database.at_end(nullptr, [path = content_folder(database) / name](bool durable) {
    if (durable) ::unlink(path.c_str());
  });
}

void sweep_files(Database& database) {
  // Nobody can be between the making of a row and of its file while this holds the write lock.
  Transaction transaction(database);
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator(content_folder(database), none)) {
    const std::string name = file.path().filename().string();
    if (database.number("SELECT EXISTS (SELECT 1 FROM content WHERE file = ?)", name) == 0)
      ::unlink(file.path().c_str());
  }
  transaction.commit();
}

}  // namespace mailqueue
