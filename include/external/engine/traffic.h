#pragma once
// From counts by month to what an administrator asks for.

#include <external/engine/report.h>
#include <mailqueue/view.h>

namespace external::engine {

/// Sums of `counted` as of `now`, for the month and the year in local time; `before` is what was counted when
/// this run began. One for each post office, in alphabetical order.
std::vector<TrafficReport> sum_up(const std::vector<mailqueue::Traffic>& counted,
                                  const std::vector<mailqueue::Traffic>& before, WallTime now);

}  // namespace external::engine
