#pragma once
// Session.log: the file in which an administrator reads what happened.

#include <external/base/clock.h>
#include <external/log/log.h>
#include <external/log/tail.h>

namespace external::log {

struct SessionLogOptions {
  std::size_t queued_lines =
      8192;                      ///< waiting for a slow disk; beyond that the oldest are dropped and counted
  std::size_t tail_lines = 200;  ///< kept in memory
};

/// Appends entries to a file through a thread of its own: write() never waits for the disk.
///
/// The file is created with mode 0644, never locked, and may be read, renamed or removed by anyone at any
/// time: the next entry notices and opens a new file under the old name. Lines that could not be written are
/// counted, and the count is written as soon as writing works again.
class SessionLog final : public Log {
 public:
  /// Opens `path`. Throws std::runtime_error with a line for the administrator if it cannot be written.
  SessionLog(Clock& clock, std::string path, SessionLogOptions options = {});

  /// close() with its usual bound.
  ~SessionLog() override;

  SessionLog(const SessionLog&) = delete;
  SessionLog& operator=(const SessionLog&) = delete;

  void write(std::string_view instance, std::string_view text) override;

  using FileNumber = std::size_t;

  /// Opens another file, written by the same thread, under the same rules and until the same close(). Lines
  /// it loses are counted among those of this log. Throws as the constructor, with the setting that names the
  /// file.
  FileNumber open_beside(const std::string& path, std::string_view setting);

  /// Appends `text`, one line or several, and a line end to a file of open_beside().
  void write_beside(FileNumber file, const std::string& text);

  /// Opens the file by its name again, soon and even if nothing is written: for SIGUSR1 of a log rotation.
  void reopen();

  /// Writes what is waiting and closes the file; gives up after `bound`, so that a disk that has stopped
  /// cannot stop the program. Entries written after this go to the tail only. Calling it again does nothing.
  void close(std::chrono::milliseconds bound = std::chrono::seconds(3));

  /// Lines that a slow disk has cost so far.
  std::size_t dropped() const;

  const std::string& path() const { return path_; }
  Tail& tail() { return tail_; }

 private:
  class Writer;

  Clock& clock_;
  std::string path_;
  Tail tail_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace external::log
