#pragma once
// From windows in local time to moments. Nothing here looks at a clock.

#include <external/base/time_zone.h>
#include <external/config/values.h>

#include <optional>
#include <vector>

namespace external::engine {

/// One day's occurrence of a window: `from` belongs to it, `to` does not.
struct Opening {
  WallTime from{};
  WallTime to{};

  bool operator==(const Opening&) const = default;
};

/// When `window` opens on `day`, whose weekday is not looked at. It opens once, also where an hour comes
/// twice. A beginning or an end that clocks skip is at the change; if they skip both, it opens at the change
/// and keeps its length.
Opening opening_on(LocalDay day, const config::TimeWindow& window, const TimeZone& zone);

/// The opening that `moment` lies in; of several that which began last.
std::optional<Opening> opening_at(const std::vector<config::TimeWindow>& windows, WallTime moment,
                                  const TimeZone& zone);

/// The first beginning after `moment`; nothing if there are no windows.
std::optional<WallTime> next_opening(const std::vector<config::TimeWindow>& windows, WallTime moment,
                                     const TimeZone& zone);

}  // namespace external::engine
