#pragma once
// UTF-8 and code points.

#include <optional>
#include <string>
#include <string_view>

namespace external::unicode {

/// The code points of a text. Nothing if it is no UTF-8 (RFC 3629): long forms, surrogates, half characters.
std::optional<std::u32string> decode(std::string_view text);

/// The code points must be such as decode() gives.
std::string encode(std::u32string_view text);

}  // namespace external::unicode
