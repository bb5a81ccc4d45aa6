#include "utf8.h"

#include <external/base/text.h>

#include <algorithm>

namespace external::postoffice {

namespace {

constexpr std::size_t longest_line = 900;

bool is_follower(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Length of the character that `text` starts with; 0 if it starts with none, or with a control character.
std::size_t character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first >= 0x20 && first < 0x7F) return 1;
  const auto second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0;
  std::size_t length = 0;
  // The limits of the second byte exclude long forms, surrogates and the control characters over 0x7F.
  if (first >= 0xC2 && first < 0xE0 && (first > 0xC2 || second >= 0xA0)) length = 2;
  if (first >= 0xE0 && first < 0xF0 && (first > 0xE0 || second >= 0xA0) && (first != 0xED || second < 0xA0))
    length = 3;
  if (first >= 0xF0 && first < 0xF5 && (first > 0xF0 || second >= 0x90) && (first < 0xF4 || second < 0x90))
    length = 4;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if (!is_follower(text[at])) return 0;
  }
  return length;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = character(text);
    if (length > 0) {
      out += text.substr(0, length);
    } else if (text.front() == '\t') {
      out += ' ';
    } else {
      out += visible(text.substr(0, 1));
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string line = printable(text.substr(0, longest_line));
  if (line.size() <= longest_line) return line;
  auto end = longest_line;
  while (end > 0 && is_follower(line[end])) --end;
  line.resize(end);
  return line;
}

std::string one_ascii_line(std::string_view text) {
  auto line = visible(text.substr(0, longest_line));
  if (line.size() > longest_line) line.resize(longest_line);
  return line;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const bool ascii = static_cast<unsigned char>(text.front()) < 0x80;
    const auto length = ascii ? 1 : character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace external::postoffice
