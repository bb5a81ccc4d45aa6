#pragma once
// Text of unknown origin inside our own.

#include <string>
#include <string_view>

namespace external::postoffice {

/// The text as valid UTF-8 on one line: tabs become blanks; other control characters and bytes that belong to
/// no character are made visible as ^M and \xE9.
std::string printable(std::string_view text);

/// The same, cut after a whole character so that it fits into a line of a message (RFC 5322, 2.1.1) with a
/// name before it.
std::string one_line(std::string_view text);

/// The same with bytes beyond ASCII made visible too.
std::string one_ascii_line(std::string_view text);

/// Whether all of it is UTF-8; control characters of ASCII are no obstacle.
bool is_utf8(std::string_view text);

bool is_ascii(std::string_view text);

}  // namespace external::postoffice
