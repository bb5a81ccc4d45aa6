#pragma once
// Mail exchanged with each post office, for people and for status.

#include <external/control/status.h>
#include <external/engine/report.h>

namespace external::commands {

std::vector<control::TrafficStatus> traffic_status(const std::vector<engine::TrafficReport>& reports);

/// Empty if there was no mail yet.
std::string traffic_table(const std::vector<control::TrafficStatus>& traffic);

}  // namespace external::commands
