#include "home.h"
#include "ports.h"
#include "script_events.h"
#include "scripts.h"

#include <external/base/text.h>
#include <external/control/status.h>
#include <external/modem/modem.h>

#include <fmt/ostream.h>

#include <iostream>

namespace external::commands {

namespace {

using config::CommType;
using config::Instance;

constexpr auto patience = std::chrono::seconds(10);

// What a running External says about its own modem; nothing if none runs, or not with this instance.
std::optional<std::string> state_in_use(const config::Settings& settings, const Instance& instance) {
  try {
    auto client = connect_to_running(settings);
    const auto status = control::status_from_json(client.request({{"command", "status"}}, patience));
    for (const auto& line : status.lines) {
      if (!equal_no_case(line.instance, instance.name)) continue;
      return fmt::format("in use by the running External (process {}): {}. {}", status.pid, line.state,
                         visible(line.detail));
    }
  } catch (const control::NotRunning&) {
  }
  return std::nullopt;
}

Task<modem::Outcome> initialize(const Instance& instance, const modem::Script& script, Surroundings& world) {
  PortOptions options;
  options.speed = instance.async_speed;
  options.lock_folder = instance.lock_folder;
  auto device = co_await open_port(instance.async_comm_port, options, world.clock);
  PrintedEvents events(world.out);
  modem::Modem modem(std::move(device), script, world.clock, events);
  const auto outcome = co_await modem.initialize();
  co_await modem.release(instance.stop_timeout);
  co_return outcome;
}

bool test(const config::Settings& settings, const Instance& instance, Surroundings& world) {
  const auto say = [&](const std::string& text) { fmt::print(world.out, "{}: {}\n", instance.name, text); };
  if (instance.comm_type == CommType::tcp) {
    say("a network connection, there is no modem to test");
    return true;
  }
  if (const auto state = state_in_use(settings, instance)) {
    say(*state);
    return true;
  }
  auto folders = script_folders();
  folders.insert(folders.begin(), settings.folder);
  const auto script = compile_or_fail(find_script(instance.comm_script, folders), world.err);
  say(fmt::format("port {}, {} bps, script {}", instance.async_comm_port, instance.async_speed,
                  instance.comm_script));
  modem::Outcome outcome;
  try {
    run_alone([&]() -> Task<> { outcome = co_await initialize(instance, script, world); });
  } catch (const Failure& failure) {
    say(failure.what());
    return false;
  }
  if (!outcome.ok()) {
    say("the modem does not answer as its script expects; " + visible(outcome.text));
    return false;
  }
  say("the modem is there and answers");
  return true;
}

Exit run(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  const auto name = invocation.arguments.value("instance");
  if (name && settings.find_instance(*name) == nullptr)
    throw Failure(Exit::config, "unknown instance " + visible(*name) + "; add [External-" + visible(*name) +
                                    "] to " + settings.file.string());
  if (settings.instances.empty())
    throw Failure(Exit::config,
                  "no instance to test; add [External-NAME] with AsyncCommPort to " + settings.file.string());
  bool good = true;
  for (const auto& instance : settings.instances) {
    if (!name || equal_no_case(*name, instance.name))
      good = test(settings, instance, invocation.world) && good;
  }
  return good ? Exit::ok : Exit::unavailable;
}

}  // namespace

Command modem_test_command() {
  return {
      "modem test",
      {"[--instance NAME]"},
      "Is the modem there, free and answering, and if not, why",
      {{"instance", "NAME", "only this one"}},
      "Opens the port and plays INITIALIZE of the modem's script. Tells who holds a port that is not free.\n"
      "Ends with 69 if a modem could not be used.\n",
      run};
}

}  // namespace external::commands
