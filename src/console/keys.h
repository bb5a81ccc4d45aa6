#pragma once
// What a keyboard sends, as keys.

#include <string>
#include <string_view>
#include <vector>

namespace external::console {

struct Key {
  enum class Kind { character, escape, function, up, down, page_up, page_down, home, end, hang_up };

  Kind kind = Kind::character;
  char character = 0;  ///< of Kind::character, printable ASCII, letters in lower case
  int number = 0;      ///< of Kind::function: 1 to 12

  bool operator==(const Key&) const = default;
};

/// Tells function and cursor keys of xterm, the Linux console, VT100 and VT220 from the ESC key, which is the
/// first byte of them all. What is unknown is dropped as a whole.
class KeyParser {
 public:
  /// Takes what one read gave, and returns the keys that are whole.
  std::vector<Key> take(std::string_view bytes);

  /// Whether an ESC is at the end of which only time can tell what it is: call settle() if nothing follows
  /// soon.
  bool is_waiting() const { return !rest_.empty(); }

  /// Nothing follows: the ESC was the key.
  std::vector<Key> settle();

 private:
  std::string rest_;  ///< begins with ESC
};

}  // namespace external::console
