#pragma once
// Names that no one else chooses.

#include <cstddef>
#include <string>

namespace external::postoffice {

/// `size` random bytes as hexadecimal digits.
std::string random_name(std::size_t size = 16);

}  // namespace external::postoffice
