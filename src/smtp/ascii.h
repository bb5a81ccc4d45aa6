#pragma once

#include <algorithm>
#include <string_view>

namespace external::smtp {

/// What needs no SMTPUTF8 (RFC 6531).
inline bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 128; });
}

}  // namespace external::smtp
