#include "run_end.h"

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration end_look = 1s;  ///< between looks whether the run is to end

}  // namespace

Task<BreakReason> end_of_run(BreakTimes breaks, Clock& clock, AskCycle cycle_over) {
  for (;;) {
    auto reason = breaks.reached();
    if (!reason && cycle_over) reason = cycle_over();
    if (reason) co_return *reason;
    co_await clock.wait_for(end_look);
  }
}

std::string words_for(BreakReason reason) {
  switch (reason) {
    case BreakReason::time:
      return "BreakTime has come; ending.";
    case BreakReason::date:
      return "BreakDate has come; ending.";
    case BreakReason::time_and_date:
      return "BreakTime of BreakDate has come; ending.";
    case BreakReason::relative:
      return "BreakRelative is over; ending.";
    case BreakReason::cycle:
      return "One cycle is done; ending.";
    case BreakReason::failed_cycle:
      return "One cycle is done, but not every call came about; see above. Ending.";
  }
  return {};
}

}  // namespace external::engine
