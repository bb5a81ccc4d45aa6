#include "home.h"

#include <boost/json.hpp>

#include <iostream>

namespace external::commands {

namespace {

constexpr auto patience = std::chrono::seconds(10);

std::uint64_t parse_id(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    throw Failure(Exit::usage, "'" + visible(text) + "' is no ID; external share list shows them");
  return std::stoull(text);
}

Exit run(Invocation& invocation) {
  const auto& operands = invocation.operands();
  if (operands.size() != 1)
    throw Failure(Exit::usage, "write: external share kick ID; external share list shows them");
  const auto id = parse_id(operands.front());
  const auto settings = load_settings(invocation);
  auto client = connect_to_running(settings);
  const auto reply = client.request({{"command", "share_kick"}, {"id", id}}, patience);
  if (!reply.at("found").as_bool())
    throw Failure(Exit::no_input,
                  "there is no client " + operands.front() + "; external share list shows them");
  invocation.world.out << "The client is told; its modem is hung up and reset.\n";
  return Exit::ok;
}

}  // namespace

Command share_kick_command() {
  return {"share kick",
          {"ID"},
          "Take a modem back from a client, or end its wait",
          {},
          "The modem is hung up, reset and listens again; who waits for it is next.\n",
          run};
}

}  // namespace external::commands
