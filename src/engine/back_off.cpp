#include "back_off.h"

#include <external/base/guard.h>

#include <random>

namespace external::engine {

Random system_random() {
  return [engine = std::mt19937_64(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

std::chrono::milliseconds spread(std::chrono::milliseconds pause, const Random& random, unsigned jitter) {
  if (!guarded("R41")) return pause;
  const auto extra = std::chrono::duration<double>(pause) * (random() * jitter / 100);
  return pause + std::chrono::duration_cast<std::chrono::milliseconds>(extra);
}

}  // namespace external::engine
