#pragma once
// How far a call has come, as text.

#include <external/base/clock.h>

namespace external::console {

/// Counts of one call, both directions together.
struct Progress {
  unsigned messages_done = 0;
  unsigned messages_total = 0;  ///< 0: unknown
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  ///< 0: unknown
  std::chrono::seconds elapsed{};
  bool with_rate = true;  ///< false: it is told elsewhere
};

/// Since the beginning; 0 in the first second.
std::uint64_t bytes_per_second(const Progress& progress);

/// `[########........] 3/12 messages  23,456/120,000 bytes  0:18 left  5,432 bytes/s` in at most `width`
/// columns: where that is too narrow, parts are left out from the right; without a total there is no bar.
/// ASCII only.
std::string progress_text(const Progress& progress, std::size_t width);

}  // namespace external::console
