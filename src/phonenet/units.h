#pragma once
// Numbers and times as people write them.

#include <external/base/clock.h>

namespace external::phonenet {

/// Digits only.
std::optional<unsigned> parse_whole(std::string_view text);

/// "50ms", "1.5s", "200us", "0". Throws std::runtime_error.
Duration parse_duration(const std::string& text);
/// Bits per second, 1 to 100,000,000.
unsigned parse_rate(const std::string& text);
/// 0 to 1, also as 1e-5.
double parse_bit_error_rate(const std::string& text);

}  // namespace external::phonenet
