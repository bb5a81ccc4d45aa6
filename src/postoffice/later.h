#pragma once
// How long mail waits that could not be put down.

#include <algorithm>
#include <chrono>

namespace external::postoffice {

inline constexpr std::chrono::minutes first_pause{1};
inline constexpr std::chrono::minutes longest_pause{60};

/// Twice as long with each attempt that failed before.
inline std::chrono::minutes pause_after(int attempts) {
  return std::min(longest_pause, first_pause * (1 << std::clamp(attempts, 0, 10)));
}

}  // namespace external::postoffice
