#pragma once
// The file behind a log: append, notice rotation, count what is lost.

#include <external/base/descriptor.h>
#include <external/log/session_log.h>

#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <functional>
#include <string>
#include <system_error>

namespace external::log {

/// Writes each message as one line. log() and flush() run on the writer's thread; ask_reopen() and
/// stop_waiting() on any.
class FileSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  /// Opens the file; throws std::system_error.
  explicit FileSink(std::string path, Rotation rotation = {});

  /// How lines are formed that the sink itself writes: about losses and trouble with rotation. Default:
  /// classic. To be set before the first line.
  void write_own_lines_with(std::function<std::string(WallTime, const std::string&)> form) {
    own_line_ = std::move(form);
  }

  /// How many lines the queue before this sink has dropped so far. To be set before the first line.
  void count_dropped_with(std::function<std::size_t()> dropped) { dropped_ = std::move(dropped); }

  /// The file is opened anew before the next line or flush.
  void ask_reopen() { reopen_ = true; }

  /// From now on a pipe that is full loses lines instead of being waited for.
  void stop_waiting();

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;

  void follow_the_name();
  void open();
  void rotate_if_due(std::size_t more);
  bool is_due(std::size_t more) const;
  std::error_code rotate();
  std::error_code move_old_ones() const;
  void say_that_it_grows(std::error_code why);
  void report_losses();
  bool put(std::string_view line);
  bool wait_for_room();

  std::string path_;
  std::function<std::size_t()> dropped_ = [] { return std::size_t{0}; };
  Descriptor file_;
  Descriptor stop_;
  std::atomic<bool> reopen_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool in_line_ = false;  ///< the last write ended inside a line
  std::size_t failed_ = 0;
  std::size_t reported_dropped_ = 0;
  spdlog::log_clock::time_point latest_;
  std::error_code cause_;

  const Rotation rotation_;
  std::function<std::string(WallTime, const std::string&)> own_line_;
  bool rotates_ = false;                     ///< it is a regular file
  std::uint64_t size_ = 0;                   ///< of the file
  std::optional<WallTime> began_;            ///< the time of its first line
  std::optional<WallTime> rotation_failed_;  ///< and may be tried again a minute later
};

}  // namespace external::log
