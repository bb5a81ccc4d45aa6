#include <external/unicode/utf8.h>

#include <unicode/utf8.h>

namespace external::unicode {

std::optional<std::u32string> decode(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    UChar32 point = 0;
    U8_NEXT(text.data(), at, text.size(), point);
    if (point < 0) return std::nullopt;
    points.push_back(static_cast<char32_t>(point));
  }
  return points;
}

std::string encode(std::u32string_view text) {
  std::string bytes;
  for (const char32_t point : text) {
    char character[U8_MAX_LENGTH];
    std::size_t length = 0;
    U8_APPEND_UNSAFE(character, length, point);
    bytes.append(character, length);
  }
  return bytes;
}

}  // namespace external::unicode
