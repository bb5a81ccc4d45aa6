#pragma once
// Numbers that no other program draws.

#include <cstdint>

namespace mailqueue {

/// From 0 to 2^63 - 1, also different in a forked process.
std::int64_t random_number();

}  // namespace mailqueue
