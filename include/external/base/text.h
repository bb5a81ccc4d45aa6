#pragma once
// Text helpers shared by every layer.

#include <string>
#include <string_view>
#include <vector>

namespace external {

/// Control characters and bytes over 126 made visible: ^M, ^J, \xE9. For logs and errors.
std::string visible(std::string_view text);

/// Case-insensitive comparison, ASCII only.
bool equal_no_case(std::string_view a, std::string_view b);

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);

/// Without blanks, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);

/// Parts between `separator`; an empty text gives one empty part.
std::vector<std::string> split(std::string_view text, char separator);

/// Of `known`, the name nearest to `word` by edit distance, or empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// 1234567 -> "1,234,567".
std::string with_commas(unsigned long long number);

/// Lower-case hexadecimal.
std::string hex(std::string_view bytes);

}  // namespace external
