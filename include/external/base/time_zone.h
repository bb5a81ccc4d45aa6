#pragma once
// What the clock on the wall shows, right across the changes to and from summer time.

#include <external/base/clock.h>

#include <chrono>
#include <memory>

namespace external {

/// A date and a time of day as a clock on the wall shows them; which moment that is only a TimeZone knows.
using LocalTime = std::chrono::local_seconds;
using LocalDay = std::chrono::local_days;

/// A place's rules for its clocks. Values only; safe on every thread.
class TimeZone {
 public:
  virtual ~TimeZone() = default;

  /// How far clocks are ahead of UTC at that moment.
  virtual std::chrono::seconds offset(WallTime moment) const = 0;

  LocalTime local(WallTime moment) const;
  LocalDay day(WallTime moment) const { return std::chrono::floor<std::chrono::days>(local(moment)); }

  /// The moment at which a clock shows `time`: the first one if it does so twice, the change itself if it
  /// skips that time.
  WallTime moment(LocalTime time) const;

  /// Whether clocks never show `time`.
  bool skips(LocalTime time) const { return local(moment(time)) != time; }
};

/// The zone of this process: TZ, else /etc/localtime. Nobody may change the environment while it is used.
std::shared_ptr<const TimeZone> system_zone();

}  // namespace external
