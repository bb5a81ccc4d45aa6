#include "home.h"
#include "table.h"

#include <external/base/text.h>
#include <external/control/share_status.h>
#include <external/log/entry.h>

#include <boost/json.hpp>

#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

constexpr auto share_list_patience = std::chrono::seconds(10);

std::string time_of_day(WallTime time) {
  return log::format_time(time);
}

std::vector<std::string> row_of(const control::ShareStatus& share, const control::LentModemStatus& modem) {
  std::vector<std::string> row{visible(share.pool), visible(modem.instance), modem.state};
  if (modem.client.empty()) {
    row.insert(row.end(), 6, "-");
    return row;
  }
  row.insert(row.end(),
             {std::to_string(modem.id), visible(modem.client), time_of_day(modem.since),
              std::to_string(modem.idle) + " s", with_commas(modem.to_modem), with_commas(modem.from_modem)});
  return row;
}

void show(std::ostream& out, const std::vector<control::ShareStatus>& shares) {
  Table modems({"POOL", "MODEM", "STATE", "ID", "CLIENT", "SINCE", "IDLE", "TO MODEM", "FROM MODEM"});
  Table waiting({"POOL", "POSITION", "ID", "CLIENT", "WAITS SINCE"});
  for (const auto& share : shares) {
    for (const auto& modem : share.modems) modems.add(row_of(share, modem));
    std::size_t position = 0;
    for (const auto& client : share.waiting) {
      waiting.add({visible(share.pool), std::to_string(++position), std::to_string(client.id),
                   visible(client.client), time_of_day(client.since)});
    }
  }
  if (modems.empty()) {
    out << "Nothing is lent: external.ini has no [Share NAME].\n";
    return;
  }
  out << modems.text();
  if (!waiting.empty()) out << "\n" << waiting.text();
}

Exit run_share_list(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  auto client = connect_to_running(settings);
  const auto reply = client.request({{"command", "status"}}, share_list_patience);
  const auto shares = control::shares_from_json(reply);
  if (invocation.arguments.has("json")) {
    invocation.world.out << json::serialize(control::to_json(shares)) << "\n";
  } else {
    show(invocation.world.out, shares);
  }
  return Exit::ok;
}

}  // namespace

Command share_list_command() {
  return {"share list",
          {"[--json]"},
          "Show which modems are lent, to whom, and who waits",
          {{"json", "", "for programs"}},
          "IDLE is the time since the last payload. docs/sharing.md tells how modems are lent.\n",
          run_share_list};
}

}  // namespace external::commands
