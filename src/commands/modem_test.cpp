#include "home.h"
#include "ports.h"
#include "script_events.h"
#include "scripts.h"

#include <external/base/text.h>
#include <external/control/status.h>
#include <external/engine/report.h>
#include <external/line/trouble.h>
#include <external/modem/modem.h>

#include <fmt/ostream.h>

#include <iostream>

namespace external::commands {

namespace {

using config::CommType;
using config::Instance;

constexpr auto modem_test_patience = std::chrono::seconds(10);

// What a running External says about its own modem; nothing if none runs, or not with this instance.
std::optional<std::string> state_in_use(const config::Settings& settings, const Instance& instance) {
  try {
    auto client = connect_to_running(settings);
    const auto status =
        control::status_from_json(client.request({{"command", "status"}}, modem_test_patience));
    for (const auto& line : status.lines) {
      if (!equal_no_case(line.instance, instance.name)) continue;
      // It has no port then, and waits if a call of its comes due while we have it.
      if (line.state == engine::name_of(engine::LineState::resting)) return std::nullopt;
      return fmt::format("in use by the running External (process {}): {}. {}", status.pid, line.state,
                         visible(line.detail));
    }
  } catch (const control::NotRunning&) {
  }
  return std::nullopt;
}

// Why the modem cannot be used; nothing if it can.
using Verdict = std::optional<std::string>;

Verdict judge(const modem::Outcome& outcome, bool heard, const Instance& instance) {
  if (outcome.ok()) return std::nullopt;
  const auto in_words = [](const line::Trouble& trouble) { return trouble.cause + "; " + trouble.cure; };
  if (outcome.ended == modem::Ended::line_failed && outcome.error != asio::error::timed_out)
    return in_words(line::trouble_of(outcome.error, instance.async_comm_port, instance.lock_folder.string()));
  if (!heard) return in_words(line::silent_modem(instance.async_comm_port));
  return "the modem does not answer as its script expects; " + visible(outcome.text);
}

Task<Verdict> initialize(const Instance& instance, const modem::Script& script, const PortOptions& options,
                         Surroundings& world) {
  auto device = co_await open_port(instance.async_comm_port, options, world.clock);
  PrintedEvents events(world.out);
  modem::Modem modem(std::move(device), script, world.clock, events);
  const auto outcome = co_await modem.initialize();
  co_await modem.release(instance.stop_timeout);
  co_return judge(outcome, events.heard(), instance);
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
  PortOptions options;
  options.speed = instance.async_speed;
  options.lock_folder = instance.lock_folder;
  options.note = say;
  Verdict trouble;
  try {
    run_alone([&]() -> Task<> { trouble = co_await initialize(instance, script, options, world); });
  } catch (const Failure& failure) {
    trouble = failure.what();
  }
  if (trouble) {
    say(*trouble);
    return false;
  }
  say("the modem is there and answers");
  return true;
}

Exit run_modem_test(Invocation& invocation) {
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
  return {"modem test",
          {"[--instance NAME]"},
          "Is the modem there, free and answering, and if not, why",
          {{"instance", "NAME", "only this one"}},
          "Opens the port and plays INITIALIZE of the modem's script. Tells a port that somebody holds, and "
          "who,\n"
          "from one that is absent and from a modem that does not answer.\n"
          "Ends with 69 if a modem could not be used.\n",
          run_modem_test};
}

}  // namespace external::commands
