#pragma once
// A screen full of text, before a terminal library makes bytes of it.

#include <string>
#include <vector>

namespace external::console {

/// What a row is, for its colour. Nothing is told by the colour alone.
enum class Look {
  plain,
  bar,     ///< the title and the bottom line: in reverse on every terminal
  head,    ///< of a table: bold
  chosen,  ///< in reverse
  good,    ///< a call goes on
  busy,    ///< something is under way or waits for its time
  bad,     ///< somebody has to see to it
};

struct Row {
  std::string text{};  ///< of readable(), no wider than the screen
  Look look = Look::plain;

  bool operator==(const Row&) const = default;
};

using Frame = std::vector<Row>;

}  // namespace external::console
