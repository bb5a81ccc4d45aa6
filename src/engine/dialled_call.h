#pragma once
// The end of a call that was dialled.

#include "call.h"

#include <external/modem/procedure.h>

namespace external::engine {

/// How a dialled call went.
struct DialledCall {
  bool begun = true;  ///< false: somebody called us at that moment, and nothing was dialled
  CallResult result;  ///< its text also where no connection came about
  std::optional<modem::ReturnCode> code;  ///< what CALL returned when it gave no connection
};

/// Tells planner, queue, log and whoever asked for it: when it is tried again, and whether it was a try, by
/// `instance`'s RetryInterval, RejectPause and RetryRules. The planner's call has then ended.
Task<> finish_dialled_call(Context& context, const config::Instance& instance, CallTask task,
                           DialledCall call);

}  // namespace external::engine
