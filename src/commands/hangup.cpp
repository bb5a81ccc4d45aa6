#include "home.h"

#include <external/base/text.h>

#include <iostream>

namespace external::commands {

namespace {

constexpr auto patience = std::chrono::seconds(10);

const config::Instance& find_instance(const config::Settings& settings, const std::string& name) {
  if (const auto* instance = settings.find_instance(name)) return *instance;
  std::vector<std::string> known;
  for (const auto& instance : settings.instances) known.push_back(instance.name);
  const auto near = nearest(name, known);
  throw Failure(Exit::config, "unknown instance " + visible(name) +
                                  (near.empty() ? "; external status shows those there are"
                                                : "; did you mean " + near + "?"));
}

Exit run(Invocation& invocation) {
  if (invocation.operands().size() != 1) throw Failure(Exit::usage, "write: external hangup INSTANCE");
  const auto settings = load_settings(invocation);
  const auto& instance = find_instance(settings, invocation.operands().front());
  auto running = connect_to_running(settings);
  const auto reply = running.request({{"command", "hangup"}, {"instance", instance.name}}, patience);
  if (!reply.at("call").as_bool()) {
    throw Failure(Exit::unavailable,
                  "there is no call on " + instance.name + "; external status shows where there is one");
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
      run};
}

}  // namespace external::commands
