#include "home.h"
#include "process_end.h"
#include "standing.h"

#include <iostream>

namespace external::commands {

namespace {

constexpr auto stop_patience = std::chrono::seconds(10);
constexpr auto stop_grace = std::chrono::seconds(15);  // beside the time a modem may take

Exit stop_line(Invocation& invocation, const config::Settings& settings, const std::string& name) {
  const auto& instance = named_instance(settings, name);
  auto client = connect_to_running(settings);
  const auto reply =
      client.request({{"command", "stop"}, {"instance", instance.name}}, instance.stop_timeout + stop_grace);
  invocation.world.out << instance.name
                       << (reply.at("changed").as_bool() ? " is stopped; its port is free.\n"
                                                         : " was stopped already.\n");
  return Exit::ok;
}

Exit run_stop(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  if (const auto name = invocation.arguments.value("instance")) return stop_line(invocation, settings, *name);
  auto client = connect_to_running(settings);
  const auto status = client.request({{"command", "status"}}, stop_patience);
  const auto pid = status.at("pid").to_number<int>();
  const ProcessEnd end(pid);
  client.request({{"command", "stop"}}, stop_patience);
  if (!end.wait(longest_stop(settings))) {
    throw Failure(Exit::try_later, "External (process " + std::to_string(pid) +
                                       ") has not ended in time; see external log, or end it with kill");
  }
  return Exit::ok;
}

}  // namespace

Command stop_command() {
  return {"stop",
          {"[--instance NAME]"},
          "End the running External, or one of its lines, and wait for the end",
          {{"instance", "NAME", "this line alone, until external start, or External itself starts again"}},
          "Calls are hung up, modems reset, ports closed. Mail on the way goes on with the next call.\n"
          "While one line is stopped the others work, and other programs may have its port.\n",
          run_stop};
}

}  // namespace external::commands
