#include "tables.h"

#include <external/base/text.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace external::log {

namespace {

// Without the bars at both ends. A bar behind a backslash is text.
std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells(1);
  row.remove_prefix(1);
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row.substr(i, 2) == "\\|") {
      cells.back() += row[++i];
    } else if (row[i] == '|') {
      cells.emplace_back();
    } else {
      cells.back() += row[i];
    }
  }
  cells.pop_back();
  for (auto& cell : cells) cell = trim(cell);
  return cells;
}

bool is_rule(const std::vector<std::string>& cells) {
  return std::ranges::all_of(
      cells, [](const auto& cell) { return cell.find_first_not_of("-:") == std::string::npos; });
}

}  // namespace

std::optional<std::size_t> PageTable::column(std::string_view name) const {
  const auto found = std::ranges::find(head, name);
  if (found == head.end()) return std::nullopt;
  return static_cast<std::size_t>(found - head.begin());
}

std::vector<PageTable> tables_of(std::string_view page) {
  std::vector<PageTable> tables;
  bool inside = false;
  for (const auto& text : split(page, '\n')) {
    const auto line = trim(text);
    if (!line.starts_with('|')) {
      inside = false;
      continue;
    }
    auto cells = cells_of(line);
    if (!std::exchange(inside, true)) {
      tables.push_back({std::move(cells), {}});
      continue;
    }
    if (is_rule(cells)) continue;
    if (cells.size() != tables.back().head.size())
      throw std::runtime_error("a row of a table has too many or too few cells: " + std::string(line));
    tables.back().rows.push_back(std::move(cells));
  }
  return tables;
}

std::vector<std::string> quoted(std::string_view cell) {
  std::vector<std::string> parts;
  for (auto begin = cell.find('`'); begin != std::string_view::npos; begin = cell.find('`')) {
    cell.remove_prefix(begin + 1);
    const auto end = cell.find('`');
    if (end == std::string_view::npos) break;
    parts.emplace_back(cell.substr(0, end));
    cell.remove_prefix(end + 1);
  }
  return parts;
}

std::string plain(std::string_view cell) {
  std::string text;
  while (!cell.empty()) {
    const auto bracket = cell.starts_with('[') ? cell.find("](") : std::string_view::npos;
    const auto end = bracket == std::string_view::npos ? bracket : cell.find(')', bracket);
    if (end != std::string_view::npos) {
      const auto page = cell.substr(bracket + 2, end - bracket - 2);
      const auto name = cell.substr(1, bracket - 1);
      const auto where = page.ends_with(".md") ? "docs/" + std::string(page) : std::string(page);
      text += name == page ? where : std::string(name) + " (" + where + ")";
      cell.remove_prefix(end + 1);
      continue;
    }
    if (cell.front() != '`') text += cell.front();
    cell.remove_prefix(1);
  }
  return text;
}

}  // namespace external::log
