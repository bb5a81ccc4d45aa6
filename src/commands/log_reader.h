#pragma once
// Reading a log that is written meanwhile, and renamed now and then.

#include <external/base/clock.h>
#include <external/base/descriptor.h>

#include <filesystem>

namespace external::commands {

/// Reads the file of that name from its beginning; after it was renamed or removed, the new one.
class LogReader {
 public:
  explicit LogReader(std::filesystem::path file) : file_(std::move(file)) {}

  /// Whether there is such a file by now.
  bool exists() const { return std::filesystem::exists(file_); }

  /// Calls `take` for each whole line that has come since the last call. Throws Failure.
  void read(const std::function<void(const std::string& line)>& take);

  /// Waits until there may be more to read.
  Task<> wait(Clock& clock) const;

 private:
  bool is_replaced() const;
  bool open();
  void read_open_file(const std::function<void(const std::string& line)>& take);

  std::filesystem::path file_;
  Descriptor open_;
  std::string part_;  ///< of a line whose end is not there yet
};

}  // namespace external::commands
