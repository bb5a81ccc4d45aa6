#include "home.h"
#include "table.h"

#include <external/base/text.h>

#include <boost/json.hpp>

#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

constexpr auto patience = std::chrono::seconds(10);

std::string text_of(const json::object& object, std::string_view name) {
  return visible(std::string_view(object.at(name).as_string()));
}

std::string number_of(const json::object& object, std::string_view name) {
  return with_commas(object.at(name).to_number<unsigned long long>());
}

/// "2026-11-21T06:33:22Z" as 06:33:22.
std::string time_of_day(const std::string& iso) {
  return iso.size() >= 19 ? iso.substr(11, 8) : iso;
}

const json::object* lease_of(const json::array& clients, const json::object& modem) {
  for (const auto& client : clients) {
    const auto& object = client.as_object();
    if (object.at("pool") == modem.at("pool") && object.at("instance") == modem.at("instance"))
      return &object;
  }
  return nullptr;
}

void show(std::ostream& out, const json::object& reply) {
  const auto& clients = reply.at("clients").as_array();
  Table modems({"POOL", "MODEM", "STATE", "ID", "CLIENT", "SINCE", "IDLE", "TO MODEM", "FROM MODEM"});
  for (const auto& modem : reply.at("modems").as_array()) {
    const auto& object = modem.as_object();
    const auto* lease = lease_of(clients, object);
    std::vector<std::string> row{text_of(object, "pool"), text_of(object, "instance"),
                                 text_of(object, "state")};
    if (lease) {
      row.insert(row.end(), {number_of(*lease, "id"), text_of(*lease, "client"),
                             time_of_day(text_of(*lease, "since")), number_of(*lease, "idle") + " s",
                             number_of(*lease, "to_modem"), number_of(*lease, "from_modem")});
    } else {
      row.insert(row.end(), 6, "-");
    }
    modems.add(std::move(row));
  }
  if (modems.empty()) {
    out << "Nothing is lent: external.ini has no [Share NAME].\n";
    return;
  }
  out << modems.text();
  Table waiting({"POOL", "POSITION", "ID", "CLIENT", "WAITS SINCE"});
  for (const auto& client : clients) {
    const auto& object = client.as_object();
    if (object.at("position").to_number<std::uint64_t>() == 0) continue;
    waiting.add({text_of(object, "pool"), number_of(object, "position"), number_of(object, "id"),
                 text_of(object, "client"), time_of_day(text_of(object, "since"))});
  }
  if (!waiting.empty()) out << "\n" << waiting.text();
}

Exit run(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  auto client = connect_to_running(settings);
  const auto reply = client.request({{"command", "shares"}}, patience);
  if (invocation.arguments.has("json")) {
    invocation.world.out << json::serialize(json::object{{"modems", reply.at("modems")},
                                                         {"clients", reply.at("clients")}})
                         << "\n";
  } else {
    show(invocation.world.out, reply);
  }
  return Exit::ok;
}

}  // namespace

Command share_list_command() {
  return {
      "share list",
      {"[--json]"},
      "Show which modems are lent, to whom, and who waits",
      {{"json", "", "for programs"}},
      "Times are UTC; IDLE is the time since the last payload. docs/sharing.md tells how modems are lent.\n",
      run};
}

}  // namespace external::commands
