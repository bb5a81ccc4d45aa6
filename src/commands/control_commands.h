#pragma once
// What a running External answers to other programs.

#include <external/control/server.h>

namespace external::commands {

class Running;

/// Adds the commands to `server`; `running` must outlive its run().
///
///   status                      the fields of control::Status
///   metrics                     "text": the metrics of docs/metrics.md, for Prometheus
///   news                        look at the queue
///   stop                        end, as a signal would; answers before it does
///   stop  {instance}            one line alone; answers when its port is free: "changed", or it rested
///                               already
///   start {instance}            that line again; "changed": false if nobody had stopped it
///   reload {instance}           read the settings again, of one instance or all; "success" and "lines"
///   events                      what happens to lines, as it happens: "event", "instance", "port", "state",
///                               "text"
///   call  {post_office}         dial now; "waiting" every few seconds, then "success" and "text"
///   log   {follow}              "lines": the newest of Session.log; with "follow":true more as they come
void offer_commands(control::ControlServer& server, Running& running);

}  // namespace external::commands
