#pragma once
// Session.log: the file in which an administrator reads what happened.

#include <external/base/clock.h>
#include <external/log/entry.h>
#include <external/log/log.h>
#include <external/log/tail.h>

#include <map>

namespace external::log {

class Journal;

/// When a file is begun anew; the old one becomes FILE.1, that FILE.2 and so on.
struct Rotation {
  std::optional<std::uint64_t> bytes{};       ///< the next line would make it longer than that
  std::optional<std::chrono::seconds> age{};  ///< its first line is so old
  unsigned keep = 8;                          ///< old files; 1 or more
};

struct SessionLogOptions {
  std::size_t queued_lines =
      8192;                      ///< waiting for a slow disk; beyond that the oldest are dropped and counted
  std::size_t tail_lines = 200;  ///< kept in memory
  Format format = Format::classic;
  Rotation rotation{};    ///< of this file and those beside it
  std::string journal{};  ///< the socket of journald, which gets the lines, too; empty: it does not
};

/// Appends entries to a file through a thread of its own: write() never waits for the disk.
///
/// The file is created with mode 0644, never locked, and may be read, renamed or removed by anyone at any
/// time: the next entry notices and opens a new file under the old name. Lines that could not be written are
/// counted, and the count is written as soon as writing works again.
///
/// Rotation is done by that thread, between two lines. If it fails (a full disk, a folder without rights)
/// nothing is lost: the file goes on growing, which is said, and it is tried again after a minute. Only
/// regular files rotate.
class SessionLog final : public Log {
 public:
  /// Opens `path`. Throws std::runtime_error with a line for the administrator if it cannot be written.
  SessionLog(Clock& clock, std::string path, SessionLogOptions options = {});

  /// close() with its usual bound.
  ~SessionLog() override;

  SessionLog(const SessionLog&) = delete;
  SessionLog& operator=(const SessionLog&) = delete;

  void write(std::string_view instance, std::string_view text) override;
  void write_of_call(std::string_view instance, std::string_view call, std::string_view text) override;

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

  /// The newest lines, always in the classic form.
  Tail& tail() { return tail_; }

 private:
  class Writer;
  class Form;

  void mark(std::string_view instance, std::string_view call) override;
  void write(const Entry& entry);

  Clock& clock_;
  std::string path_;
  Tail tail_;
  std::shared_ptr<const Form> form_;
  std::unique_ptr<Journal> journal_;
  std::map<std::string, std::string, std::less<>> calls_;  ///< that stand, by instance
  std::unique_ptr<Writer> writer_;
};

}  // namespace external::log
