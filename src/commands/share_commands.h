#pragma once
// Leases over the control socket.

#include <external/control/server.h>

namespace external::commands {

class Running;

/// Adds the commands to `server`; `running` must outlive its run().
///
///   shares                      "clients": who has a modem, then who waits: "pool", "instance" (empty: it
///                               waits), "client", "id", "since", "idle" (seconds), "to_modem", "from_modem",
///                               "position"; "modems": "pool", "instance", "state"
///   share_kick {id}             ends that lease or wait; "found"
void offer_share_commands(control::ControlServer& server, Running& running);

}  // namespace external::commands
