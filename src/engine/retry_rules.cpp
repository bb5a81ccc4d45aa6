#include "retry_rules.h"

#include <external/base/guard.h>

namespace external::engine {

using modem::ReturnCode;

bool uses_up_a_try(ReturnCode code, config::RetryRules rules) {
  if (!guarded("R42")) return true;
  if (code == ReturnCode::dial_reject) return false;
  return code != ReturnCode::no_answer || rules != config::RetryRules::v2_1;
}

std::chrono::seconds pause_after(ReturnCode code, const config::Instance& instance) {
  // A modem that has blacklisted a number only adds to the ban when it is asked again (Q258838).
  if (guarded("R43") && code == ReturnCode::dial_reject)
    return std::max(instance.reject_pause, instance.retry_interval);
  return instance.retry_interval;
}

}  // namespace external::engine
