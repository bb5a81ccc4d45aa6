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

}  // namespace

void LogReader::read(const std::function<void(const std::string& line)>& take) {
  if (!open_ && !open()) return;
  read_open_file(take);
  while (is_replaced() && open()) read_open_file(take);
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

bool LogReader::open() {
  Descriptor file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return false;
  if (!file)
    throw Failure(exit_for_errno(errno), file_.string() + " cannot be read: " + std::strerror(errno));
  open_ = std::move(file);
  part_.clear();
  return true;
}

void LogReader::read_open_file(const std::function<void(const std::string& line)>& take) {
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
