#include "back_off.h"

#include <external/base/guard.h>

#include <random>

namespace external::engine {

Random system_random() {
  return [engine = std::mt19937_64(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

std::chrono::milliseconds spread(std::chrono::seconds pause, const Random& random) {
  if (!guarded("R41")) return pause;
  const std::chrono::duration<double> extra(static_cast<double>(pause.count()) * random());
  return pause + std::chrono::duration_cast<std::chrono::milliseconds>(extra);
}

}  // namespace external::engine
