#include <external/base/time_zone.h>

#include <algorithm>
#include <ctime>

namespace external {

using namespace std::chrono_literals;

namespace {

class SystemZone final : public TimeZone {
 public:
  SystemZone() { ::tzset(); }

  std::chrono::seconds offset(WallTime moment) const override {
    const auto seconds =
        static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(moment.time_since_epoch()).count());
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) return 0s;
    return std::chrono::seconds(local.tm_gmtoff);
  }
};

/// The moment between `before` and `after` at which clocks are changed, to the second.
WallTime change_between(const TimeZone& zone, WallTime before, WallTime after) {
  const auto old_offset = zone.offset(before);
  while (after - before > 1s) {
    const auto middle = before + std::chrono::floor<std::chrono::seconds>((after - before) / 2);
    (zone.offset(middle) == old_offset ? before : after) = middle;
  }
  return after;
}

}  // namespace

LocalTime TimeZone::local(WallTime moment) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(moment);
  return LocalTime((seconds + offset(moment)).time_since_epoch());
}

WallTime TimeZone::moment(LocalTime time) const {
  // Clocks are nowhere more than a day from UTC, and nowhere changed twice in two days.
  const WallTime as_utc(time.time_since_epoch());
  const auto one = as_utc - offset(as_utc - 24h);
  const auto other = as_utc - offset(as_utc + 24h);
  const auto [first, last] = std::minmax(one, other);
  for (const auto candidate : {first, last}) {
    if (local(candidate) == time) return candidate;
  }
  return change_between(*this, first, last);
}

std::shared_ptr<const TimeZone> system_zone() {
  return std::make_shared<SystemZone>();
}

}  // namespace external
