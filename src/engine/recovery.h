#pragma once
// The rungs by which a modem is brought back that does not do what INITIALIZE wants. docs/instances.md

#include <string_view>

namespace external::engine {

/// In the order in which they are climbed; each only if the one before has not helped.
enum class Rung { escape, dtr, script, reopen, power };

constexpr std::string_view name_of(Rung rung) {
  switch (rung) {
    case Rung::escape:
      return "+++ and ATH0";
    case Rung::dtr:
      return "lowering DTR";
    case Rung::script:
      return "INITIALIZE once more";
    case Rung::reopen:
      return "opening the port again";
    case Rung::power:
      return "PowerCommand";
  }
  return {};
}

constexpr int number_of(Rung rung) {
  return static_cast<int>(rung) + 1;
}

/// Failures to initialise in a row from which the port counts as out of service.
inline constexpr unsigned alarm_after = 3;

/// Whether the modem is switched off and on after so many failures in a row: after 3, 6, 12, 24 ...
constexpr bool power_is_due(unsigned failures) {
  if (failures == 0 || failures % alarm_after != 0) return false;
  const unsigned times = failures / alarm_after;
  return (times & (times - 1)) == 0;
}

}  // namespace external::engine
