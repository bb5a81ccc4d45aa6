#pragma once

#include <stdexcept>

namespace external::fuzz {

/// Throws if what must always be true is not.
inline void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

}  // namespace external::fuzz
