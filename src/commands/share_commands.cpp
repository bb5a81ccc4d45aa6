#include "share_commands.h"

#include "running.h"

namespace external::commands {

namespace json = boost::json;

namespace {

bool kick(sharing::Pools& pools, const json::object& request) {
  if (const auto* instance = request.if_contains("instance")) {
    const auto* name = instance->if_string();
    if (!name) throw std::runtime_error("\"instance\" must be the name of one");
    return pools.kick(std::string_view(*name));
  }
  const auto* id = request.if_contains("id");
  error_code failed;
  const auto number = id ? id->to_number<std::uint64_t>(failed) : 0;
  if (!id || failed) throw std::runtime_error("the request needs the \"id\" of a client, or an \"instance\"");
  return pools.kick(number);
}

Task<json::object> share_kick(Running& running, json::object request) {
  json::object reply;
  reply["found"] = kick(running.pools(), request);
  co_return reply;
}

}  // namespace

void offer_share_commands(control::ControlServer& server, Running& running) {
  server.handle("share_kick",
                [&running](const json::object& request) { return share_kick(running, request); });
}

}  // namespace external::commands
