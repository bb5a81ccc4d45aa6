#pragma once
// Unicode normalisation, UAX 15.

#include <string>
#include <string_view>

namespace external::unicode {

/// Canonical composition, NFC.
std::u32string composed(std::u32string_view text);

/// Whether all of it is its own compatibility composition, NFKC.
bool is_plain(std::u32string_view text);

}  // namespace external::unicode
