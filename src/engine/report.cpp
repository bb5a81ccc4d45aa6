#include <external/engine/report.h>

#include <algorithm>
#include <array>

namespace external::engine {

std::string_view name_of(LineState state) {
  switch (state) {
    case LineState::disabled:
      return "DISABLED";
    case LineState::absent:
      return "ABSENT";
    case LineState::lock_wait:
      return "LOCKWAIT";
    case LineState::modem_wait:
      return "MODEMWAIT";
    case LineState::wedged:
      return "WEDGED";
    case LineState::initialising:
      return "INITIALISING";
    case LineState::listening:
      return "LISTENING";
    case LineState::resting:
      return "RESTING";
    case LineState::dialling:
      return "DIALLING";
    case LineState::ringing:
      return "RINGING";
    case LineState::connected:
    case LineState::transferring:
      return "CONNECTED";
    case LineState::lent:
      return "LENT";
    case LineState::hanging_up:
      return "HANGING UP";
    case LineState::stopped:
      return "STOPPED";
  }
  return "UNKNOWN";
}

std::vector<std::string> all_states() {
  using enum LineState;
  std::vector<std::string> names;
  for (const auto state : {disabled, absent, lock_wait, modem_wait, wedged, initialising, listening, resting,
                           dialling, ringing, connected, lent, hanging_up, stopped})
    names.emplace_back(name_of(state));
  return names;
}

bool is_waiting(LineState state) {
  return state == LineState::absent || state == LineState::lock_wait || state == LineState::modem_wait ||
         state == LineState::wedged;
}

bool is_waiting(std::string_view name) {
  using enum LineState;
  return std::ranges::any_of(std::array{absent, lock_wait, modem_wait, wedged},
                             [name](LineState state) { return name_of(state) == name; });
}

}  // namespace external::engine
