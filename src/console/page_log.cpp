#include "pages.h"

#include <external/base/text.h>

namespace external::console {

namespace {

bool speaks_of(const std::string& line, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return line.find(word) != std::string::npos; });
}

/// Lines with a code of the original, such as [005], are trouble with mail.
bool has_code(const std::string& line) {
  const auto at = line.find('[');
  return at != std::string::npos && line.size() > at + 4 && line[at + 4] == ']' &&
         line.find_first_not_of("0123456789", at + 1) == at + 4;
}

Look look_of(const std::string& line) {
  if (has_code(line) || speaks_of(line, {"WEDGED", "ABSENT"})) return Look::bad;
  return Look::plain;
}

constexpr std::size_t longest_gap = 20;  ///< left at the end of a row to keep a word whole
constexpr std::size_t indent = 2;        ///< of what goes on in the next row

/// What of `text` fits, up to a blank if there is one not far from the end.
std::string first_row(const std::string& text, std::size_t width) {
  std::string row = cut(text, width);
  if (row.size() == text.size() || text[row.size()] == ' ') return row;
  const auto blank = row.find_last_of(' ');
  const bool is_near = blank != std::string::npos && blank + longest_gap > row.size();
  if (is_near && blank > 2 * indent) row.resize(blank);  // less would be no way forward
  return row;
}

}  // namespace

Frame newest_lines(const std::vector<std::string>& log, const Sheet& sheet) {
  Frame page;
  for (auto line = log.end() - static_cast<std::ptrdiff_t>(std::min(log.size(), sheet.height));
       line != log.end(); ++line)
    page.push_back({cut(readable(*line, sheet.charset), sheet.width), look_of(*line)});
  return page;
}

Frame log_rows(const std::vector<std::string>& log, const Sheet& sheet) {
  Frame rows;
  for (const auto& line : log) {
    std::string rest = readable(line, sheet.charset);
    const Look look = look_of(line);
    do {
      const std::string row = first_row(rest, sheet.width);
      rows.push_back({row, look});
      if (row.empty() || row.size() == rest.size() || sheet.width <= 2 * indent) break;
      rest = std::string(indent, ' ') + std::string(trim(rest.substr(row.size())));
    } while (true);
  }
  return rows;
}

Frame part_up_to(const Frame& rows, std::size_t end, std::size_t height) {
  const std::size_t last = std::min(end, rows.size());
  const std::size_t first = last - std::min(last, height);
  return {rows.begin() + static_cast<std::ptrdiff_t>(first),
          rows.begin() + static_cast<std::ptrdiff_t>(last)};
}

}  // namespace external::console
