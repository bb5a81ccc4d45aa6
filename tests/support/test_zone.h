#pragma once
// Time zones for tests, whatever zone the machine is in.

#include <external/base/time_zone.h>

#include <map>

namespace external::test {

/// Clocks that are changed at given moments.
class ChangingZone final : public TimeZone {
 public:
  ChangingZone(std::chrono::seconds first, std::map<WallTime, std::chrono::seconds> changes = {})
      : first_(first), changes_(std::move(changes)) {}

  std::chrono::seconds offset(WallTime moment) const override {
    const auto next = changes_.upper_bound(moment);
    return next == changes_.begin() ? first_ : std::prev(next)->second;
  }

 private:
  std::chrono::seconds first_;
  std::map<WallTime, std::chrono::seconds> changes_;
};

inline WallTime utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return std::chrono::sys_days{std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)} +
         std::chrono::hours(hour) + std::chrono::minutes(minute);
}

/// Central Europe in 2026: 02:00 becomes 03:00 on March 29, 03:00 becomes 02:00 on October 25.
inline std::shared_ptr<const TimeZone> berlin() {
  using std::chrono::hours;
  return std::make_shared<ChangingZone>(
      hours(1), std::map<WallTime, std::chrono::seconds>{{utc(2026, 3, 29, 1), hours(2)},
                                                         {utc(2026, 10, 25, 1), hours(1)}});
}

inline std::shared_ptr<const TimeZone> utc_zone() {
  return std::make_shared<ChangingZone>(std::chrono::hours(0));
}

}  // namespace external::test
