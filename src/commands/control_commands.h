#pragma once
// What a running External answers to other programs.

#include <external/control/server.h>

namespace external::commands {

class Running;

/// Adds the commands to `server`; `running` must outlive its run().
///
///   status                      the fields of control::Status
///   news                        look at the queue
///   stop                        end, as a signal would; answers before it does
///   reload {instance}           read the settings again, of one instance or all; "success" and "lines"
///   call  {post_office}         dial now; "waiting" every few seconds, then "success" and "text"
///   log   {follow}              "lines": the newest of Session.log; with "follow":true more as they come
void offer_commands(control::ControlServer& server, Running& running);

}  // namespace external::commands
