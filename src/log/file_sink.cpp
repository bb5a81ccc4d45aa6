#include "file_sink.h"

#include <external/base/guard.h>
#include <external/log/entry.h>

#include <fmt/format.h>

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace external::log {

namespace {

std::error_code last_error() {
  return {errno, std::generic_category()};
}

// Non-blocking, so that a pipe nobody reads can be left when the program ends; regular files do not mind. Not
// handed to programs that are started, which could keep the file after External has ended.
Descriptor open_for_append(const std::string& path) {
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | (guarded("R03") ? O_CLOEXEC : 0);
  return Descriptor(::open(path.c_str(), flags, 0644));
}

}  // namespace

FileSink::FileSink(std::string path)
    : path_(std::move(path)), stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!stop_) throw std::system_error(last_error());
  open();
  if (!file_) throw std::system_error(cause_);
}

void FileSink::stop_waiting() {
  ::eventfd_write(stop_.get(), 1);
}

void FileSink::sink_it_(const spdlog::details::log_msg& message) {
  latest_ = message.time;
  follow_the_name();
  report_losses();
  if (!put({message.payload.data(), message.payload.size()})) ++failed_;
}

void FileSink::flush_() {
  follow_the_name();
  report_losses();
}

void FileSink::follow_the_name() {
  struct stat named {};
  const bool same =
      file_ && ::stat(path_.c_str(), &named) == 0 && named.st_dev == device_ && named.st_ino == inode_;
  if (reopen_.exchange(false) || !same) open();
}

// If the new file cannot be opened the old one, though renamed or removed, is still better than none.
void FileSink::open() {
  Descriptor fresh = open_for_append(path_);
  struct stat status {};
  if (!fresh || ::fstat(fresh.get(), &status) != 0) {
    cause_ = last_error();
    return;
  }
  file_ = std::move(fresh);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  in_line_ = false;
}

void FileSink::report_losses() {
  const std::size_t dropped = dropped_();
  const std::size_t lost = failed_ + (dropped - reported_dropped_);
  if (lost == 0) return;
  const auto what = lost == 1 ? "line is" : "lines are";
  const auto cause = failed_ > 0 ? cause_.message() : "the disk was too slow";
  if (!put(format_entry("", latest_, fmt::format("{} {} missing here: {}", lost, what, cause)))) return;
  failed_ = 0;
  reported_dropped_ = dropped;
}

bool FileSink::put(std::string_view line) {
  std::string bytes;
  if (in_line_) bytes += '\n';
  bytes += line;
  bytes += '\n';
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t count = ::write(file_.get(), rest.data(), rest.size());
    if (count > 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
      in_line_ = !rest.empty();
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    const auto error = last_error();
    if (error == std::errc::resource_unavailable_try_again && wait_for_room()) continue;
    cause_ = error;
    return false;
  }
  return true;
}

bool FileSink::wait_for_room() {
  pollfd both[] = {{file_.get(), POLLOUT, 0}, {stop_.get(), POLLIN, 0}};
  while (::poll(both, 2, -1) < 0 && errno == EINTR) {
  }
  return both[0].revents != 0;
}

}  // namespace external::log
