#include "desk_commands.h"
#include "home.h"

#include <external/base/text.h>

#include <boost/json.hpp>

#include <iostream>

namespace external::commands {

namespace {

constexpr auto share_kick_patience = std::chrono::seconds(10);

/// A number is the ID of a client, anything else the name of an instance.
boost::json::object request_for(const std::string& text) {
  if (text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return {{"command", "share_kick"}, {"instance", text}};
  return {{"command", "share_kick"}, {"id", std::stoull(text)}};
}

Exit run_share_kick(Invocation& invocation) {
  const auto& operands = invocation.operands();
  if (operands.size() != 1 || operands.front().empty())
    throw Failure(Exit::usage, "write: external share kick ID|INSTANCE; external share list shows both");
  const auto settings = load_settings(invocation);
  auto client = connect_to_running(settings);
  const auto reply = client.request(request_for(operands.front()), share_kick_patience);
  if (!reply.at("found").as_bool())
    throw Failure(Exit::no_input, "nobody to take a modem from is called " + visible(operands.front()) +
                                      "; external share list shows who has one, and who waits");
  invocation.world.out << end_lease_text(true) << "\n";
  return Exit::ok;
}

}  // namespace

Command share_kick_command() {
  return {
      "share kick",
      {"ID|INSTANCE"},
      "Take a modem back from a client, or end its wait",
      {},
      "external share list shows the ID of each client. The modem is hung up, reset and listens again; who\n"
      "waits for it is next.\n",
      run_share_kick};
}

}  // namespace external::commands
