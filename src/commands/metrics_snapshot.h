#pragma once
// What metrics are made of, collected from all that runs.

#include <external/control/status.h>
#include <external/engine/engine.h>
#include <external/log/session_log.h>
#include <external/metrics/exposition.h>

namespace external::commands {

metrics::Snapshot metrics_snapshot(control::Status status, const engine::Engine& engine,
                                   const log::SessionLog& log, const config::Settings& settings);

}  // namespace external::commands
