#pragma once
// The end of a call that was dialled.

#include "call.h"
#include "retry_rules.h"

#include <external/modem/procedure.h>

namespace external::engine {

/// How a dialled call went.
struct DialledCall {
  bool begun = true;  ///< false: somebody called us at that moment, and nothing was dialled
  std::string id;     ///< its name in the logs
  CallResult result;  ///< its text also where no connection came about
  std::optional<modem::ReturnCode> code;  ///< what CALL returned when it gave no connection
  error_code line_error;                  ///< why there is no connection, if it was not for CALL
};

/// How it ended, for one that did not end well.
Ending ending_of(const DialledCall& call);

Ending ending_of(const CallResult& result);  ///< the same for one that was connected

/// "ok", or why it failed: "busy", "no answer", ...; docs/metrics.md.
std::string_view result_of(const DialledCall& call);
std::string_view result_of(const CallResult& result);  ///< the same for one that was connected

/// Tells planner, queue, log and whoever asked for it: when it is tried again, and whether it was a try, by
/// the settings of `instance` (docs/retries.md). The planner's call has then ended.
Task<> finish_dialled_call(Context& context, const config::Instance& instance, CallTask task,
                           DialledCall call);

}  // namespace external::engine
