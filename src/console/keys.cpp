#include "keys.h"

#include <array>
#include <cstddef>
#include <optional>

namespace external::console {

namespace {

constexpr char escape = '\x1b';
constexpr std::size_t longest_sequence = 16;

struct Sequence {
  std::string_view bytes;  ///< behind ESC
  Key key;
};

constexpr Key function(int number) {
  return {Key::Kind::function, 0, number};
}

constexpr Key plain(Key::Kind kind) {
  return {kind, 0, 0};
}

using Kind = Key::Kind;

// Both forms of cursor keys; F1 to F6 of xterm and VT100, of VT220 and rxvt, of the Linux console.
constexpr std::array sequences{
    Sequence{"[A", plain(Kind::up)},       Sequence{"OA", plain(Kind::up)},
    Sequence{"[B", plain(Kind::down)},     Sequence{"OB", plain(Kind::down)},
    Sequence{"[5~", plain(Kind::page_up)}, Sequence{"[6~", plain(Kind::page_down)},
    Sequence{"[H", plain(Kind::home)},     Sequence{"OH", plain(Kind::home)},
    Sequence{"[1~", plain(Kind::home)},    Sequence{"[7~", plain(Kind::home)},
    Sequence{"[F", plain(Kind::end)},      Sequence{"OF", plain(Kind::end)},
    Sequence{"[4~", plain(Kind::end)},     Sequence{"[8~", plain(Kind::end)},
    Sequence{"OP", function(1)},           Sequence{"OQ", function(2)},
    Sequence{"OR", function(3)},           Sequence{"OS", function(4)},
    Sequence{"Ot", function(5)},           Sequence{"[11~", function(1)},
    Sequence{"[12~", function(2)},         Sequence{"[13~", function(3)},
    Sequence{"[14~", function(4)},         Sequence{"[15~", function(5)},
    Sequence{"[[A", function(1)},          Sequence{"[[B", function(2)},
    Sequence{"[[C", function(3)},          Sequence{"[[D", function(4)},
    Sequence{"[[E", function(5)},          Sequence{"[17~", function(6)},
    Sequence{"Ou", function(6)},           Sequence{"[21;5~", plain(Kind::hang_up)},
};

/// Length of what begins `bytes`, an ESC; nothing if it is not whole. 1: the key ESC itself.
std::optional<std::size_t> length_of(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const char second = bytes[1];
  if (second != 'O' && second != '[') return 1;
  if (bytes.size() < 3) return std::nullopt;
  if (second == 'O') return 3;
  std::size_t end = 2;
  if (bytes[2] == '[') ++end;  // of the Linux console
  while (end < bytes.size() && (bytes[end] < '@' || bytes[end] > '~')) {
    if (bytes[end] < ' ') return end;  // broken off
    ++end;
  }
  if (end < bytes.size()) return end + 1;
  if (end > longest_sequence) return end;
  return std::nullopt;
}

std::optional<Key> key_of(std::string_view sequence) {
  if (sequence.size() == 1) return plain(Kind::escape);
  for (const auto& known : sequences) {
    if (sequence.substr(1) == known.bytes) return known.key;
  }
  return std::nullopt;
}

std::optional<Key> character_key(char byte) {
  if (byte < ' ' || byte > '~') return std::nullopt;
  const bool upper = byte >= 'A' && byte <= 'Z';
  return Key{Kind::character, static_cast<char>(upper ? byte - 'A' + 'a' : byte), 0};
}

}  // namespace

std::vector<Key> KeyParser::take(std::string_view bytes) {
  rest_ += bytes;
  std::vector<Key> keys;
  std::string_view left = rest_;
  while (!left.empty()) {
    const auto length = left.front() == escape ? length_of(left) : 1;
    if (!length) break;
    const auto key = left.front() == escape ? key_of(left.substr(0, *length)) : character_key(left.front());
    if (key) keys.push_back(*key);
    left.remove_prefix(*length);
  }
  rest_ = std::string(left);
  return keys;
}

std::vector<Key> KeyParser::settle() {
  const bool alone = rest_.size() == 1;
  rest_.clear();
  if (!alone) return {};  // the beginning of a key that was lost on the way
  return {plain(Kind::escape)};
}

}  // namespace external::console
