#pragma once
// Pools as they are shown: on the screen, to Prometheus, by `external share list`.

#include <external/control/status.h>
#include <external/sharing/report.h>

namespace external::commands {

/// `lines` are those of all instances.
std::vector<control::ShareStatus> share_statuses(const std::vector<sharing::PoolReport>& pools,
                                                 const std::vector<control::LineStatus>& lines);

}  // namespace external::commands
