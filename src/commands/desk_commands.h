#pragma once
// What people at screens have a running External do: the same from its own screen and from monitors.

#include <external/console/desk.h>
#include <external/control/server.h>

namespace external::commands {

class Running;

/// Does what `action` says and returns one line about it. Throws std::runtime_error with one that says why
/// not. Nothing in it waits for a line.
Task<std::string> act(Running& running, console::Action action);

/// The line about an Action::end_lease; `found`: there was such a client.
std::string end_lease_text(bool found);

/// Adds the commands of monitors to `server`; `running` must outlive its run().
///
///   messages  {after, limit}      "messages" of the queue behind number `after`, 200 at most, and "more"
///   change    {what, on, name}    what: hold, release, retry; on: line, post_office, message; then "text"
///   dial      {post_office}       calls as soon as a line is free and answers at once with "text"
void offer_desk_commands(control::ControlServer& server, Running& running);

/// The request of the control socket for `action`.
boost::json::object request_for(const console::Action& action);

}  // namespace external::commands
