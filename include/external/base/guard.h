#pragma once
// Precautions against the ways in which lines are lost, each with a number of docs/fault-matrix.md.

#include <string_view>

namespace external {

/// Whether the precaution for `row` ("R10") is to be taken: always. Only in a build with EXTERNAL_GUARDS the
/// environment variable EXTERNAL_GUARD_OFF=R10 switches one off, to show that the test of that row notices.
#ifdef EXTERNAL_GUARDS
bool guarded(std::string_view row);
#else
constexpr bool guarded(std::string_view) {
  return true;
}
#endif

}  // namespace external
