#pragma once
// The encodings of values in SMTP commands.

#include <optional>
#include <string>
#include <string_view>

namespace external::smtp {

/// xtext (RFC 3461 4): "+2B" for '+'. Nothing if it is none, or stands for control characters.
std::optional<std::string> from_xtext(std::string_view text);
std::string to_xtext(std::string_view text);

/// Base 64 with its padding (RFC 4648 4), as AUTH uses it. Nothing if it is none.
std::optional<std::string> from_base64(std::string_view text);
std::string to_base64(std::string_view bytes);

}  // namespace external::smtp
