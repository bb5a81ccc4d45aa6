#pragma once
// What the code that a script's CALL returned means for the mail that waits.

#include <external/config/settings.h>
#include <external/modem/procedure.h>

namespace external::engine {

/// Whether a dial that failed with `code` uses up one of the destination's Retries. From External 3.2 on
/// every failure does but DIAL_REJECT, before that NO ANSWER did not either (Q113119).
bool uses_up_a_try(modem::ReturnCode code, config::RetryRules rules);

/// How long that number is left alone after `code`, the random part aside.
std::chrono::seconds pause_after(modem::ReturnCode code, const config::Instance& instance);

}  // namespace external::engine
