#pragma once
// Names of domains in any script.

#include <optional>
#include <string>
#include <string_view>

namespace external::unicode {

/// A domain as it is compared and sent: lower case, each label beyond ASCII as its A-label ("xn--..."), so
/// that both spellings are one (UTS 46, non-transitional; RFC 5890). Labels are letters, digits, '-' and '_',
/// of 1 to 63 characters, and no '-' at their ends; all of it has at most 253. Nothing if the text is no such
/// name.
std::optional<std::string> ascii_domain(std::string_view text);

}  // namespace external::unicode
