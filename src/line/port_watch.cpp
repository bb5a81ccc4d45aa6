#include "path_watch.h"

#include <external/base/async.h>
#include <external/line/port_watch.h>

#include <sys/stat.h>
#include <unistd.h>

namespace external::line {

namespace {

/// Where inotify is missing or does not reach, as in containers with folders of others.
constexpr Duration look_again = std::chrono::milliseconds(500);

bool usable(const std::string& path) {
  return device_at(path) && ::access(path.c_str(), R_OK | W_OK) == 0;
}

Task<error_code> wait_until(std::string path, std::function<bool()> happened, Clock& clock,
                            TimePoint deadline) {
  PathWatch watch(co_await asio::this_coro::executor, std::move(path));
  for (;;) {
    watch.follow();
    if (happened()) co_return error_code();
    const TimePoint now = clock.now();
    if (now >= deadline) co_return asio::error::timed_out;
    co_await first_of(watch.wait(), clock.wait_until(std::min(deadline, now + look_again)));
  }
}

}  // namespace

std::optional<DeviceId> device_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) return std::nullopt;
  return DeviceId{status.st_rdev, status.st_dev, status.st_ino};
}

Task<error_code> wait_for_port(std::string path, Clock& clock, TimePoint deadline) {
  std::function<bool()> is_there = [path] { return usable(path); };
  co_return co_await wait_until(std::move(path), std::move(is_there), clock, deadline);
}

Task<error_code> wait_for_departure(std::string path, std::optional<DeviceId> opened, Clock& clock,
                                    TimePoint deadline) {
  std::function<bool()> is_gone = [path, opened] { return !still_there(path, opened); };
  co_return co_await wait_until(std::move(path), std::move(is_gone), clock, deadline);
}

}  // namespace external::line
