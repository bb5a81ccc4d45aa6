#pragma once
// Text of unknown origin inside our own.

#include <string>
#include <string_view>

namespace external::postoffice {

/// The text as valid UTF-8 on one line: tabs become blanks; other control characters and bytes that belong to
/// no character are made visible as ^M and \xE9.
std::string printable(std::string_view text);

}  // namespace external::postoffice
