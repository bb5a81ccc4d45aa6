#pragma once
// Text from anywhere as text for a terminal.

#include <cstddef>
#include <string>
#include <string_view>

namespace external::console {

/// What a terminal can show.
enum class Charset { ascii, utf8 };

/// `text` without anything that steers a terminal: control characters as ^M, bytes that are no UTF-8 as \xE9,
/// and ? for what has no picture or, in ASCII, is beyond it.
std::string readable(std::string_view text, Charset charset);

// For texts of readable():

/// Columns on the screen.
std::size_t width_of(std::string_view text);

/// As much of the beginning as fits into `width` columns.
std::string cut(std::string_view text, std::size_t width);

/// With blanks behind it up to `width` columns; a longer one as it is.
std::string left(std::string_view text, std::size_t width);

/// With blanks before it.
std::string right(std::string_view text, std::size_t width);

/// Exactly `width` columns: cut, or filled with blanks.
std::string fit(std::string_view text, std::size_t width);

}  // namespace external::console
