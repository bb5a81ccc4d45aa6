#pragma once
// Leases over the control socket.

#include <external/control/server.h>

namespace external::commands {

class Running;

/// Adds the command to `server`; `running` must outlive its run(). Who has which modem is part of its status.
///
///   share_kick {id}             ends the lease or the wait of that client; "found"
///   share_kick {instance}       ends the lease of that modem; "found"
void offer_share_commands(control::ControlServer& server, Running& running);

}  // namespace external::commands
