#pragma once
// Reading a log that is written meanwhile, and rotated now and then.

#include <external/base/clock.h>
#include <external/base/descriptor.h>

#include <filesystem>
#include <functional>
#include <optional>

namespace external::commands {

/// Reads the file of that name from its beginning; after it was renamed or removed, the new one. Where it was
/// rotated more than once between two looks (FILE.1, FILE.2, ...) the files between are read as well.
class LogReader {
 public:
  using Take = std::function<void(const std::string& line)>;

  explicit LogReader(std::filesystem::path file) : file_(std::move(file)) {}

  /// Whether there is such a file by now.
  bool exists() const { return std::filesystem::exists(file_); }

  /// Calls `take` for each whole line of the old files FILE.1, FILE.2, ..., the oldest first, but for those
  /// that were last written before `since`. To be called before read(). Throws Failure.
  void read_old(const std::optional<WallTime>& since, const Take& take);

  /// Calls `take` for each whole line that has come since the last call. Throws Failure.
  void read(const Take& take);

  /// Waits until there may be more to read.
  Task<> wait(Clock& clock) const;

 private:
  bool is_replaced() const;
  bool open(const std::filesystem::path& file);
  bool open_next();
  std::filesystem::path old_file(unsigned number) const;
  void read_open_file(const Take& take);

  std::filesystem::path file_;
  Descriptor open_;
  std::string part_;  ///< of a line whose end is not there yet
};

}  // namespace external::commands
