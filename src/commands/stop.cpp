#include "home.h"
#include "process_end.h"
#include "standing.h"

#include <iostream>

namespace external::commands {

namespace {

constexpr auto patience = std::chrono::seconds(10);

Exit run(Invocation& invocation) {
  expect_no_operands(invocation);
  if (const auto instance = invocation.arguments.value("instance")) {
    throw Failure(Exit::unavailable,
                  "one instance cannot be stopped alone; set CommDisable under [External-" + *instance +
                      "] and start External anew");
  }
  const auto settings = load_settings(invocation);
  auto client = connect_to_running(settings);
  const auto status = client.request({{"command", "status"}}, patience);
  const auto pid = status.at("pid").to_number<int>();
  const ProcessEnd end(pid);
  client.request({{"command", "stop"}}, patience);
  if (!end.wait(longest_stop(settings))) {
    throw Failure(Exit::try_later, "External (process " + std::to_string(pid) +
                                       ") has not ended in time; see external log, or end it with kill");
  }
  return Exit::ok;
}

}  // namespace

Command stop_command() {
  return {"stop",
          {""},
          "End the running External and wait until it has ended",
          {{"instance", "NAME", "one line alone; refused, set CommDisable instead"}},
          "Calls are hung up, modems reset, ports closed. Mail on the way goes on with the next call.\n",
          run};
}

}  // namespace external::commands
