#pragma once
// Names that no one else chooses.

#include <string>

namespace external::postoffice {

/// 32 random hexadecimal digits.
std::string random_name();

}  // namespace external::postoffice
