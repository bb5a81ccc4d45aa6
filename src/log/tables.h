#pragma once
// Tables of a page in docs/, which are the data of the program, too.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace external::log {

struct PageTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the head

  /// The column of that name; nothing if there is none.
  std::optional<std::size_t> column(std::string_view name) const;
};

/// All tables of a page in Markdown, in its order. A row that has another number of cells than its head
/// throws std::runtime_error with that row.
std::vector<PageTable> tables_of(std::string_view page);

/// What stands between backticks in `cell`, in its order.
std::vector<std::string> quoted(std::string_view cell);

/// As people read it on a terminal: without backticks; `[name](page)` is `name`.
std::string plain(std::string_view cell);

}  // namespace external::log
