#pragma once
// Reading header fields of messages that may hold anything.

#include <string>
#include <string_view>

namespace external::postoffice {

/// How much of a message is worth looking at for its header.
inline constexpr std::size_t header_limit = 256 * 1024;

/// Whether its first line ends with CR LF.
bool uses_crlf(std::string_view start);

/// Whether the text starts with a header field ("Name: ...").
bool has_header(std::string_view start);

/// The value of the first field of that name, on one line: folds are undone, blanks around it removed,
/// control characters made visible, bytes that are no UTF-8 made visible. At most 1000 bytes. Empty if there
/// is none.
std::string header_field(std::string_view start, std::string_view name);

/// The same as a person reads it: encoded words are decoded (RFC 2047), bytes that are no UTF-8 taken for
/// Latin 1.
std::string header_text(std::string_view start, std::string_view name);

/// The header including the empty line after it, if `start` holds all of it; otherwise all of `start`.
std::string_view header_of(std::string_view start);

}  // namespace external::postoffice
