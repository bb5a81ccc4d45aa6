#pragma once
// Columns for people.

#include <external/base/clock.h>

#include <string>
#include <vector>

namespace external::commands {

class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() == 1; }

  /// Columns of numbers stand right, the last column is not padded. Ends with a line end.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;  ///< all of one length
};

/// "2026-11-21 06:33", local time; "-" for nothing and for the beginning of time.
std::string local_time(const std::optional<WallTime>& time);

/// "2026-11-21T06:33:22Z"
std::string iso_time(WallTime time);

}  // namespace external::commands
