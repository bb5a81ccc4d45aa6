#include "log_reader.h"

#include "exit.h"

#include <external/base/async.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

namespace external::commands {

namespace {

// Where the system cannot tell of changes (network disks), a look now and then has to do.
constexpr auto longest_wait = std::chrono::seconds(2);

Task<> wait_for_change(const std::filesystem::path& folder) {
  Descriptor watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const bool watching =
      watch && ::inotify_add_watch(watch.get(), folder.c_str(),
                                   IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM) >= 0;
  const auto executor = co_await asio::this_coro::executor;
  if (!watching) {
    Event never_set(executor);
    co_await never_set.wait();
  }
  asio::posix::stream_descriptor stream(executor, watch.release());
  co_await stream.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
}

bool is_same(const Descriptor& open, const std::filesystem::path& file) {
  struct stat ours {};
  struct stat named {};
  return ::fstat(open.get(), &ours) == 0 && ::stat(file.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

}  // namespace

void LogReader::read_old(const std::optional<WallTime>& since, const Take& take) {
  // First the newest: what a rotation makes of it meanwhile is not read twice.
  open(file_);
  Descriptor newest = std::move(open_);
  unsigned count = 0;
  while (std::filesystem::exists(old_file(count + 1))) ++count;
  for (auto number = count; number > 0; --number) {
    struct stat status {};
    if (::stat(old_file(number).c_str(), &status) != 0) continue;
    if (since && WallTime::clock::from_time_t(status.st_mtim.tv_sec) + std::chrono::minutes(1) < *since)
      continue;
    if (newest && is_same(newest, old_file(number))) continue;
    if (open(old_file(number))) read_open_file(take);
  }
  open_ = std::move(newest);
  part_.clear();
}

void LogReader::read(const Take& take) {
  if (!open_ && !open(file_)) return;
  read_open_file(take);
  while (is_replaced()) {
    read_open_file(take);  // what came until it was renamed
    if (!open_next()) return;
    read_open_file(take);
  }
}

Task<> LogReader::wait(Clock& clock) const {
  co_await first_of(wait_for_change(file_.parent_path()), clock.wait_for(longest_wait));
}

// Renamed, or cut short by a rotation that copies.
bool LogReader::is_replaced() const {
  struct stat ours {};
  struct stat named {};
  if (::fstat(open_.get(), &ours) != 0 || ::stat(file_.c_str(), &named) != 0) return false;
  const bool other = ours.st_ino != named.st_ino || ours.st_dev != named.st_dev;
  return other || ours.st_size < ::lseek(open_.get(), 0, SEEK_CUR);
}

// The one behind ours: that with the number before, if ours has one.
bool LogReader::open_next() {
  for (unsigned number = 1; std::filesystem::exists(old_file(number)); ++number) {
    if (!is_same(open_, old_file(number))) continue;
    return open(number == 1 ? file_ : old_file(number - 1));
  }
  return open(file_);
}

bool LogReader::open(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return false;
  if (!file) throw Failure(exit_for_errno(errno), path.string() + " cannot be read: " + std::strerror(errno));
  open_ = std::move(file);
  part_.clear();
  return true;
}

std::filesystem::path LogReader::old_file(unsigned number) const {
  return file_.string() + "." + std::to_string(number);
}

void LogReader::read_open_file(const Take& take) {
  char buffer[64 * 1024];
  for (;;) {
    const auto count = ::read(open_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Failure(Exit::io, file_.string() + " cannot be read: " + std::strerror(errno));
    if (count == 0) return;
    part_.append(buffer, static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (auto end = part_.find('\n'); end != std::string::npos; end = part_.find('\n', begin)) {
      take(part_.substr(begin, end - begin));
      begin = end + 1;
    }
    part_.erase(0, begin);
  }
}

}  // namespace external::commands
