#pragma once
// Which changes of the state of a line are worth telling somebody.

#include <external/engine/report.h>

#include <optional>

namespace external::engine {

/// One line. Trouble is told when it begins, or becomes another one, and once when the line is ready again.
class EventWatch {
 public:
  /// The name of the event when the line enters this state; nothing if that is nothing new.
  std::optional<std::string_view> enter(LineState state);

 private:
  std::optional<LineState> trouble_;
};

}  // namespace external::engine
