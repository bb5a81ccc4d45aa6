#pragma once
// A call that a command makes itself.

#include <external/config/settings.h>
#include <external/engine/engine.h>

namespace external::commands {

/// Serves the post office for the time of one call to `office`, with `options` besides. Throws Failure
/// (unavailable) if an External runs for it already.
engine::CallReport make_one_call(const config::Settings& settings, const config::PostOffice& office,
                                 Clock& clock, engine::EngineOptions options = {});

}  // namespace external::commands
