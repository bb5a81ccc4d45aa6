#pragma once
// Time in the database: microseconds since 1970, so that no clock's whole range overflows.

#include <mailqueue/envelope.h>

#include <cstdint>
#include <limits>

namespace mailqueue {

inline std::int64_t to_stored(Time time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

/// Times at the far ends come back as Time::min() and Time::max().
inline Time from_stored(std::int64_t stored) {
  if (stored >= to_stored(Time::max())) return Time::max();
  if (stored <= to_stored(Time::min())) return Time::min();
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::microseconds(stored)));
}

}  // namespace mailqueue
