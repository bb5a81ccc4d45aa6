#pragma once
// Asking a person for what nobody else is to see.

#include <optional>
#include <string>
#include <string_view>

namespace external::service {

/// Writes `question` to `terminal` and reads one line from it that is not shown; backspace and Ctrl-U correct
/// it. Nothing if the person gave up (Ctrl-C, Ctrl-D on an empty line) or the terminal went. The terminal is
/// left as it was. Blocks.
std::optional<std::string> ask_secret(int terminal, std::string_view question);

}  // namespace external::service
