#include "home.h"

#include <iostream>

namespace external::commands {

namespace {

constexpr auto hangup_patience = std::chrono::seconds(10);

Exit run_hangup(Invocation& invocation) {
  if (invocation.operands().size() != 1) throw Failure(Exit::usage, "write: external hangup INSTANCE");
  const auto settings = load_settings(invocation);
  const auto& instance = named_instance(settings, invocation.operands().front());
  auto running = connect_to_running(settings);
  const auto reply = running.request({{"command", "hangup"}, {"instance", instance.name}}, hangup_patience);
  if (!reply.at("call").as_bool()) {
    throw Failure(Exit::unavailable,
                  "there is no call on " + instance.name +
                      "; external status shows where there is one, and external share kick ends a "
                      "lease");
  }
  invocation.world.out << "The call on " << instance.name << " is being hung up.\n";
  return Exit::ok;
}

}  // namespace

Command hangup_command() {
  return {
      "hangup",
      {"INSTANCE"},
      "Hang up the call on one line of the running External",
      {},
      "What has moved stays; the rest stays queued and goes on with the next call. The line is then ready\n"
      "for other calls. Ends with 69 if there is no call.\n",
      run_hangup};
}

}  // namespace external::commands
