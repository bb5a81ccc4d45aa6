#include <external/engine/windows.h>

namespace external::engine {

namespace {

using std::chrono::days;

/// Calls `visit` with each opening that begins on a day from `first` to `last`.
template <class Visit>
void each_opening(const std::vector<config::TimeWindow>& windows, LocalDay first, LocalDay last,
                  const TimeZone& zone, Visit visit) {
  for (auto day = first; day <= last; day += days(1)) {
    const auto weekday = std::chrono::weekday(day).c_encoding();
    for (const auto& window : windows) {
      if (window.days.test(weekday)) visit(opening_on(day, window, zone));
    }
  }
}

}  // namespace

Opening opening_on(LocalDay day, const config::TimeWindow& window, const TimeZone& zone) {
  const bool past_midnight = window.to <= window.from;
  const LocalTime from = day + window.from;
  const LocalTime to = day + window.to + days(past_midnight ? 1 : 0);
  const Opening opening{zone.moment(from), zone.moment(to)};
  if (opening.from < opening.to) return opening;
  return {opening.from, opening.from + (to - from)};
}

std::optional<Opening> opening_at(const std::vector<config::TimeWindow>& windows, WallTime moment,
                                  const TimeZone& zone) {
  std::optional<Opening> found;
  // One of yesterday may go on past midnight, and a change of clocks can move one to the next day.
  const auto today = zone.day(moment);
  each_opening(windows, today - days(2), today, zone, [&](const Opening& one) {
    const bool open = one.from <= moment && moment < one.to;
    if (open && (!found || found->from < one.from)) found = one;
  });
  return found;
}

std::optional<WallTime> next_opening(const std::vector<config::TimeWindow>& windows, WallTime moment,
                                     const TimeZone& zone) {
  std::optional<WallTime> next;
  const auto today = zone.day(moment);
  each_opening(windows, today - days(1), today + days(8), zone, [&](const Opening& one) {
    if (one.from > moment && (!next || one.from < *next)) next = one.from;
  });
  return next;
}

}  // namespace external::engine
