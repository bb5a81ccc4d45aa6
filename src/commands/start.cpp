#include "home.h"

#include <iostream>

namespace external::commands {

namespace {

constexpr auto start_patience = std::chrono::seconds(10);

Exit run_start(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto name = invocation.arguments.value("instance");
  if (!name)
    throw Failure(Exit::usage,
                  "write: external start --instance NAME; External itself starts with external run");
  const auto settings = load_settings(invocation);
  const auto& instance = named_instance(settings, *name);
  auto client = connect_to_running(settings);
  const auto reply = client.request({{"command", "start"}, {"instance", instance.name}}, start_patience);
  invocation.world.out << instance.name
                       << (reply.at("changed").as_bool() ? " is being started; external status shows it.\n"
                                                         : " was not stopped.\n");
  return Exit::ok;
}

}  // namespace

Command start_command() {
  return {"start",
          {"--instance NAME"},
          "Start one line again that external stop --instance has stopped",
          {{"instance", "NAME", "the line"}},
          "It opens its port and prepares its modem as at the start of External. For a line that rests\n"
          "because of CommDisable change external.ini.\n",
          run_start};
}

}  // namespace external::commands
