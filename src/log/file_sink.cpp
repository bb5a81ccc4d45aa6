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

std::string old_path(const std::string& path, unsigned number) {
  return fmt::format("{}.{}", path, number);
}

// The time of the first line of a file; that of its last change if no line has one.
WallTime beginning_of(const std::string& path, std::time_t changed) {
  char head[1024];
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const ssize_t count = file ? ::read(file.get(), head, sizeof head) : 0;
  const auto time = first_time_in({head, static_cast<std::size_t>(std::max<ssize_t>(count, 0))});
  return time.value_or(std::chrono::system_clock::from_time_t(changed));
}

constexpr auto rotation_patience = std::chrono::minutes(1);  ///< after an attempt to rotate that failed

}  // namespace

FileSink::FileSink(std::string path, Rotation rotation)
    : path_(std::move(path)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      rotation_(rotation),
      own_line_([](WallTime when, const std::string& text) { return format_entry("", when, text); }) {
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
  rotate_if_due(message.payload.size() + 1);
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
  if (reopen_.exchange(false) || !same) {
    open();
  } else {
    size_ = static_cast<std::uint64_t>(named.st_size);  // others may write to it, or cut it short
  }
}

bool FileSink::is_due(std::size_t more) const {
  if (!rotates_ || size_ == 0) return false;
  if (rotation_failed_ && latest_ - *rotation_failed_ < rotation_patience) return false;
  if (rotation_.bytes && size_ + more > *rotation_.bytes) return true;
  return rotation_.age && began_ && latest_ - *began_ >= *rotation_.age;
}

void FileSink::rotate_if_due(std::size_t more) {
  if (is_due(more)) {
    const auto error = rotate();
    if (error) say_that_it_grows(error);
    rotation_failed_ = error ? std::optional(WallTime(latest_)) : std::nullopt;
  }
  if (!began_) began_ = latest_;
}

// The new file is made before an old one is touched: where there is no room for it, all stays as it is.
std::error_code FileSink::rotate() {
  const std::string fresh_path = path_ + ".new";
  Descriptor fresh = open_for_append(fresh_path);
  struct stat status {};
  if (!fresh || ::fstat(fresh.get(), &status) != 0) return last_error();
  std::error_code error = move_old_ones();
  if (!error && ::rename(path_.c_str(), old_path(path_, 1).c_str()) != 0) error = last_error();
  if (error) {
    ::unlink(fresh_path.c_str());
    return error;
  }
  if (::rename(fresh_path.c_str(), path_.c_str()) != 0) return last_error();  // the next line makes another
  file_ = std::move(fresh);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  in_line_ = false;
  size_ = 0;
  began_.reset();
  for (auto number = rotation_.keep + 1; ::unlink(old_path(path_, number).c_str()) == 0; ++number) {
  }
  return {};
}

// Only as far as the first number that is free: an attempt that failed half way costs no old file.
std::error_code FileSink::move_old_ones() const {
  unsigned last = 0;
  while (last + 1 < rotation_.keep && ::access(old_path(path_, last + 1).c_str(), F_OK) == 0) ++last;
  for (auto number = last; number > 0; --number) {
    if (::rename(old_path(path_, number).c_str(), old_path(path_, number + 1).c_str()) != 0)
      return last_error();
  }
  return {};
}

void FileSink::say_that_it_grows(std::error_code why) {
  if (rotation_failed_) return;
  put(own_line_(latest_,
                fmt::format("{} grows and cannot be rotated: {}; make room in its folder, which the user "
                            "of External must be able to write to.",
                            path_.substr(path_.rfind('/') + 1), why.message())));
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
  rotates_ = S_ISREG(status.st_mode);
  size_ = static_cast<std::uint64_t>(status.st_size);
  began_.reset();
  if (size_ > 0) began_ = beginning_of(path_, status.st_mtim.tv_sec);
}

void FileSink::report_losses() {
  const std::size_t dropped = dropped_();
  const std::size_t lost = failed_ + (dropped - reported_dropped_);
  if (lost == 0) return;
  const auto what = lost == 1 ? "line is" : "lines are";
  const auto cause = failed_ > 0 ? cause_.message() : "the disk was too slow";
  if (!put(own_line_(latest_, fmt::format("{} {} missing here: {}", lost, what, cause)))) return;
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
