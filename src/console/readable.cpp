#include "readable.h"

#include <external/base/text.h>
#include <external/unicode/columns.h>
#include <external/unicode/utf8.h>

#include <algorithm>

namespace external::console {

namespace {

// Bytes of the character that `first` begins, as far as that can be told from it.
std::size_t length_of(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

std::string readable_character(std::string_view bytes, char32_t point, Charset charset) {
  if (point < 0x80) return visible(bytes);
  const bool shown = charset == Charset::utf8 && unicode::columns(point) >= 0;
  return shown ? std::string(bytes) : "?";
}

// Calls `take(bytes, point)` for each character, without a point for bytes that are none.
template <class Take>
void each_character(std::string_view text, Take take) {
  while (!text.empty()) {
    auto bytes = text.substr(0, length_of(text.front()));
    const auto points = unicode::decode(bytes);
    if (!points) bytes = text.substr(0, 1);
    take(bytes, points ? std::optional(points->front()) : std::nullopt);
    text.remove_prefix(bytes.size());
  }
}

std::size_t columns_of(const std::optional<char32_t>& point) {
  return point ? static_cast<std::size_t>(std::max(unicode::columns(*point), 0)) : 1;
}

std::string blanks(std::size_t count) {
  return std::string(count, ' ');
}

}  // namespace

std::string readable(std::string_view text, Charset charset) {
  std::string result;
  each_character(text, [&](std::string_view bytes, std::optional<char32_t> point) {
    result += point ? readable_character(bytes, *point, charset) : visible(bytes);
  });
  return result;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  each_character(text, [&](std::string_view, std::optional<char32_t> point) { width += columns_of(point); });
  return width;
}

std::string cut(std::string_view text, std::size_t width) {
  std::size_t used = 0;
  std::size_t size = 0;
  bool full = false;
  each_character(text, [&](std::string_view bytes, std::optional<char32_t> point) {
    used += columns_of(point);
    full = full || used > width;
    if (!full) size += bytes.size();
  });
  return std::string(text.substr(0, size));
}

std::string left(std::string_view text, std::size_t width) {
  const std::size_t used = width_of(text);
  return std::string(text) + blanks(width > used ? width - used : 0);
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t used = width_of(text);
  return blanks(width > used ? width - used : 0) + std::string(text);
}

std::string fit(std::string_view text, std::size_t width) {
  return left(cut(text, width), width);
}

}  // namespace external::console
