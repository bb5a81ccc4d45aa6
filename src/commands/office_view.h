#pragma once
// How it stands with each post office, for the screens.

#include <external/config/settings.h>
#include <external/control/status.h>

namespace external::commands {

/// Those of `settings`, in their order, as the rest of `status` tells. docs/monitor.md explains the states.
std::vector<control::OfficeStatus> office_statuses(const config::Settings& settings,
                                                   const control::Status& status);

/// Which post office is called for mail to `name`: itself, or the hub it is reached through. Throws
/// std::runtime_error with a line for the person who asks if none can be called.
const config::PostOffice& office_to_call(const config::Settings& settings, const std::string& name);

}  // namespace external::commands
