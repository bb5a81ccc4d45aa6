#include "break_times.h"

#include <algorithm>

namespace external::engine {

using namespace std::chrono_literals;

namespace {

/// More than clocks are corrected by while they go, and less than anyone sets them by.
constexpr auto least_step = 60s;

}  // namespace

BreakTimes::BreakTimes(const config::BreakTimes& settings, const Clock& clock, const TimeZone& zone)
    : settings_(settings),
      clock_(clock),
      zone_(zone),
      started_(clock.now()),
      last_now_(clock.now()),
      last_wall_(clock.wall()) {
  if (!settings_.time) return;
  // As of old: what has passed today has been reached (Q140245).
  next_ = settings_.today ? zone_.moment(zone_.day(last_wall_) + *settings_.time) : next_break(last_wall_);
}

std::optional<BreakReason> BreakTimes::reached() {
  const bool set = was_set();
  if (settings_.relative && relative_reached()) return BreakReason::relative;
  if (settings_.date) {
    if (!date_reached()) return std::nullopt;
    return settings_.time ? BreakReason::time_and_date : BreakReason::date;
  }
  if (!settings_.time) return std::nullopt;
  if (set) next_ = next_break(clock_.wall());
  return clock_.wall() >= next_ ? std::optional(BreakReason::time) : std::nullopt;
}

bool BreakTimes::relative_reached() const {
  return clock_.now() - started_ >= *settings_.relative;
}

bool BreakTimes::date_reached() const {
  const LocalTime when = LocalDay(*settings_.date) + settings_.time.value_or(0s);
  return clock_.wall() >= zone_.moment(when);
}

/// The first BreakTime later than `after`.
WallTime BreakTimes::next_break(WallTime after) const {
  auto day = zone_.day(after);
  while (zone_.moment(day + *settings_.time) <= after) day += std::chrono::days(1);
  return zone_.moment(day + *settings_.time);
}

/// Whether the clock on the wall was set, or the machine slept, since this was asked last.
bool BreakTimes::was_set() {
  const auto now = clock_.now();
  const auto wall = clock_.wall();
  const auto step =
      std::chrono::abs((wall - std::exchange(last_wall_, wall)) -
                       std::chrono::duration_cast<WallTime::duration>(now - std::exchange(last_now_, now)));
  return step >= least_step;
}

}  // namespace external::engine
