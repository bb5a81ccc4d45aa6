#include "path_watch.h"

#include <filesystem>

#include <sys/inotify.h>
#include <unistd.h>

namespace external::line {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t changes = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_ATTRIB |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int most_links = 40;  ///< as the kernel follows (path_resolution(7))

bool is_folder(const fs::path& path) {
  std::error_code none;
  return fs::is_directory(path, none);
}

/// Where a link at `path` points to; empty if there is no link.
fs::path target_of(const fs::path& path) {
  std::error_code error;
  const auto target = fs::read_symlink(path, error);
  if (error) return {};
  return path.parent_path() / target;
}

}  // namespace

PathWatch::PathWatch(const asio::any_io_executor& executor, std::string path)
    : path_(std::move(path)), inotify_(executor) {
  const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd >= 0) inotify_.assign(fd);
}

void PathWatch::follow() {
  names_.clear();
  std::error_code none;
  fs::path at = fs::absolute(path_, none);
  for (int links = 0; links < most_links && !at.empty(); ++links) {
    fs::path name = at;
    while (name.has_relative_path() && !is_folder(name.parent_path())) name = name.parent_path();
    listen(name.parent_path(), name.filename());
    at = target_of(at);
  }
}

void PathWatch::listen(const std::string& folder, const std::string& name) {
  if (!inotify_.is_open()) return;
  const int number = ::inotify_add_watch(inotify_.native_handle(), folder.c_str(), changes);
  if (number >= 0) names_.emplace(number, name);
}

Task<> PathWatch::wait() {
  if (!inotify_.is_open()) {
    asio::steady_timer for_ever(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await for_ever.async_wait(asio::use_awaitable);
  }
  while (!take_news()) {
    co_await inotify_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  }
}

/// Reads what inotify has; true if it is about one of the names, or a folder itself.
bool PathWatch::take_news() {
  bool matters = false;
  alignas(inotify_event) char buffer[4096];
  for (;;) {
    const auto size = ::read(inotify_.native_handle(), buffer, sizeof buffer);
    if (size <= 0) return matters;
    for (const char* at = buffer; at < buffer + size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      const auto [first, last] = names_.equal_range(event->wd);
      const std::string_view name = event->len > 0 ? event->name : "";
      matters =
          matters || (event->mask & IN_Q_OVERFLOW) != 0 ||
          std::any_of(first, last, [&](const auto& wanted) { return name.empty() || wanted.second == name; });
      at += sizeof(inotify_event) + event->len;
    }
  }
}

}  // namespace external::line
