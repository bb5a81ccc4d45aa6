#pragma once
// What a sender wants to be told, as people write it.

#include <mailqueue/envelope.h>

#include <string>
#include <string_view>

namespace external::commands {

/// "success,failure,delay" in any order, or "never"; without regard to case. Throws Failure (usage).
mailqueue::Notify parse_notify(std::string_view text);

/// What is to come back: true for "headers" (or "hdrs"), false for "full". Throws Failure (usage).
bool parse_headers_only(std::string_view text);

/// ENVID of RFC 3461: 1 to 100 printable characters of ASCII. Throws Failure (usage).
std::string parse_envelope_id(std::string_view text);

}  // namespace external::commands
