#include "home.h"
#include "running.h"

#include <external/base/text.h>

#include <iostream>

namespace external::commands {

namespace {

using engine::CallReport;

// Silence after which a running External counts as hung; it speaks every few seconds.
constexpr auto patience = std::chrono::seconds(60);

std::optional<CallReport> ask_running(const config::Settings& settings, const std::string& name) {
  std::optional<control::ControlClient> running;
  try {
    running.emplace(connect_to_running(settings));
  } catch (const control::NotRunning&) {
    return std::nullopt;
  }
  const auto reply = running->request({{"command", "call"}, {"post_office", name}}, patience);
  CallReport report;
  report.ok = reply.at("success").as_bool();
  report.text = reply.at("text").as_string();
  return report;
}

// The instances to run for one call: that of the post office, or all if it does not say.
std::vector<std::string> instances_for(const config::PostOffice& office) {
  if (office.instance.empty()) return {};
  return {office.instance};
}

CallReport call_ourselves(Invocation& invocation, const config::Settings& settings,
                          const config::PostOffice& office) {
  RunningOptions options;
  options.engine.script_folders = script_folders();
  options.engine.instances = instances_for(office);
  options.engine.only_requested_calls = true;
  Running running(settings, invocation.world.clock, options);
  CallReport report;
  report.text = "stopped before the call was made";
  running.run([&](engine::Engine& engine) -> Task<> {
    report = co_await engine.call(office.name);
    engine.stop();
  });
  return report;
}

const config::PostOffice& find_office(const config::Settings& settings, const std::string& name) {
  const auto* office = settings.find_post_office(name);
  if (office == nullptr) {
    throw Failure(Exit::no_host, "unknown post office " + visible(name) + "; add [PostOffice " +
                                     visible(name) + "] to " + settings.file.string());
  }
  if (office->route == config::Route::indirect)
    throw Failure(Exit::no_host, office->name + " is reached through " + office->hub + "; call that instead");
  if (!office->can_be_called())
    throw Failure(Exit::no_host, office->name + " has neither Phone nor Address in " +
                                     settings.file.string() + "; it calls us");
  return *office;
}

Exit run(Invocation& invocation) {
  if (invocation.operands().size() != 1)
    throw Failure(Exit::usage, "write: external call NETWORK/POSTOFFICE");
  const auto settings = load_settings(invocation);
  const auto& office = find_office(settings, invocation.operands().front());
  auto report = ask_running(settings, office.name);
  if (!report) report = call_ourselves(invocation, settings, office);
  if (!report->ok) throw Failure(Exit::try_later, "call to " + office.name + ": " + report->text);
  invocation.world.out << report->text << "\n";
  return Exit::ok;
}

}  // namespace

Command call_command() {
  return {"call",
          {"NETWORK/POSTOFFICE"},
          "Call a post office now and wait for the end of the call",
          {},
          "A running External makes the call as soon as the line is free; without one this command makes it. "
          "Ends\n"
          "with 0 if the session ended well, with 75 otherwise.\n",
          run};
}

}  // namespace external::commands
