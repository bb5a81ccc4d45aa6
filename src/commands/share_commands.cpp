#include "share_commands.h"

#include "running.h"
#include "table.h"

#include <external/base/text.h>

namespace external::commands {

namespace json = boost::json;

namespace {

json::object client_object(const sharing::ClientReport& client) {
  return {{"pool", client.pool},
          {"instance", client.instance},
          {"client", client.client},
          {"id", client.id},
          {"since", iso_time(client.since)},
          {"idle", std::chrono::duration_cast<std::chrono::seconds>(client.idle).count()},
          {"to_modem", client.to_modem},
          {"from_modem", client.from_modem},
          {"position", client.position}};
}

json::array modems(Running& running) {
  json::array all;
  const auto report = running.engine().report();
  for (const auto& share : running.settings().shares) {
    for (const auto& line : report.lines) {
      const auto* instance = running.settings().find_instance(line.instance);
      if (!instance || !share.lends(*instance)) continue;
      all.push_back(json::object{
          {"pool", share.name}, {"instance", line.instance}, {"state", engine::name_of(line.state)}});
    }
  }
  return all;
}

Task<json::object> shares(Running& running) {
  json::array clients;
  if (auto* pools = running.pools()) {
    for (const auto& client : pools->clients()) clients.push_back(client_object(client));
  }
  json::object reply;
  reply["clients"] = std::move(clients);
  reply["modems"] = modems(running);
  co_return reply;
}

Task<json::object> kick(Running& running, std::uint64_t id) {
  json::object reply;
  reply["found"] = running.pools() && running.pools()->kick(id);
  co_return reply;
}

std::uint64_t id_in(const json::object& request) {
  const auto* id = request.if_contains("id");
  error_code failed;
  const auto number = id ? id->to_number<std::uint64_t>(failed) : 0;
  if (!id || failed) throw std::runtime_error("the request needs the \"id\" of a client");
  return number;
}

}  // namespace

void offer_share_commands(control::ControlServer& server, Running& running) {
  server.handle("shares", [&running](const json::object&) { return shares(running); });
  server.handle("share_kick",
                [&running](const json::object& request) { return kick(running, id_in(request)); });
}

}  // namespace external::commands
