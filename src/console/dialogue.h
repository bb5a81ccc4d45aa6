#pragma once
// The keys of the screen: ESC asks, Y exits, N or ESC again goes on.

#include <string_view>

namespace external::console {

class Dialogue {
 public:
  enum class Outcome { nothing, asked, quit };

  /// Takes what one read from the keyboard gave. An ESC with `[` or `O` right behind it is the beginning of a
  /// cursor or function key, not the ESC key; such keys are skipped.
  Outcome take(std::string_view keys);

  /// What the bottom line of the screen says.
  std::string_view prompt() const;

 private:
  enum class State { watching, asking, leaving };

  Outcome take_key(char key);

  State state_ = State::watching;
};

}  // namespace external::console
