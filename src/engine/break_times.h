#pragma once
// When a run ends by itself. Nothing here waits.

#include <external/base/time_zone.h>
#include <external/config/settings.h>
#include <external/engine/engine.h>

#include <optional>

namespace external::engine {

/// Looks at the clock each time it is asked. Asked at least once a minute it tells a clock that goes from one
/// that was set.
class BreakTimes {
 public:
  /// The run starts now.
  BreakTimes(const config::BreakTimes& settings, const Clock& clock, const TimeZone& zone);

  /// Why the run is to end now; nothing: it goes on.
  std::optional<BreakReason> reached();

 private:
  bool relative_reached() const;
  bool date_reached() const;
  WallTime next_break(WallTime after) const;
  bool was_set();

  const config::BreakTimes settings_;
  const Clock& clock_;
  const TimeZone& zone_;
  const TimePoint started_;
  TimePoint last_now_;
  WallTime last_wall_;
  WallTime next_{};  ///< of BreakTime
};

}  // namespace external::engine
