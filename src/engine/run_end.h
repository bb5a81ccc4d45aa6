#pragma once
// The end of a run that nobody asked for but its settings.

#include "break_times.h"

namespace external::engine {

/// Why the run is to end as far as work goes: nothing is due any more; nothing: it goes on.
using AskCycle = std::function<std::optional<BreakReason>()>;

/// Returns when the run is to end, and why: by its break times or because `cycle_over` says so, which is
/// asked each second and may be empty. `clock` must outlive the wait.
Task<BreakReason> end_of_run(BreakTimes breaks, Clock& clock, AskCycle cycle_over);

/// One line for the log.
std::string words_for(BreakReason reason);

}  // namespace external::engine
