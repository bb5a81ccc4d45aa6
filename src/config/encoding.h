#pragma once
// Files written by editors that mark or choose the encoding themselves.

#include <optional>
#include <string>
#include <string_view>

namespace external::config {

/// UTF-8 without a byte order mark, from UTF-8 with or without one or from UTF-16 with one. Nothing where the
/// text is none of these: not valid UTF-8, or with NUL characters.
std::optional<std::string> to_utf8(std::string_view bytes);

}  // namespace external::config
