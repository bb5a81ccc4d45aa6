#include "table.h"

#include <fmt/chrono.h>

#include <algorithm>

namespace external::commands {

namespace {

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789,") == std::string::npos;
}

/// Columns on a screen: characters of UTF-8, not bytes.
std::size_t width_of(const std::string& cell) {
  return static_cast<std::size_t>(std::count_if(
      cell.begin(), cell.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  std::vector<bool> right(widths.size(), rows_.size() > 1);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    for (std::size_t column = 0; column < widths.size(); ++column) {
      const auto& cell = rows_[row][column];
      widths[column] = std::max(widths[column], width_of(cell));
      if (row > 0 && !is_number(cell)) right[column] = false;
    }
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t column = 0; column < widths.size(); ++column) {
      const auto& cell = row[column];
      const std::string gap(widths[column] - width_of(cell), ' ');
      line += (column > 0 ? "  " : "") + (right[column] ? gap + cell : cell + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string local_time(const std::optional<WallTime>& time) {
  if (!time || *time == WallTime() || *time == WallTime::max()) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(WallTime::clock::to_time_t(*time)));
}

std::string iso_time(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(WallTime::clock::to_time_t(time)));
}

}  // namespace external::commands
