#pragma once
// How long to wait after a call that failed.

#include <chrono>
#include <functional>

namespace external::engine {

/// Numbers from 0 up to, but not including, 1. Handed in, so that tests know them.
using Random = std::function<double()>;

/// A source that the system seeds.
Random system_random();

/// `pause` and a random part of it on top, up to `jitter` percent of it: two ends that dialled each other at
/// the same moment must not meet again at the next (Q125328).
std::chrono::milliseconds spread(std::chrono::milliseconds pause, const Random& random,
                                 unsigned jitter = 100);

}  // namespace external::engine
