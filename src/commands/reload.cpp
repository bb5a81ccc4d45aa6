#include "home.h"

#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

constexpr auto reload_patience = std::chrono::seconds(60);

/// Who runs, also if the file is wrong now: its folder is known all the same.
control::ControlClient running_one(const Invocation& invocation) {
  const auto file = config::find_config(invocation.config, invocation.world.environment("EXTERNAL_CONFIG"));
  auto reading = config::read(file, invocation.overrides);
  if (reading.settings.folder.empty()) throw config::ConfigError(std::move(reading.diagnostics));
  return connect_to_running(reading.settings);
}

Exit run_reload(Invocation& invocation) {
  expect_no_operands(invocation);
  auto client = running_one(invocation);
  json::object request{{"command", "reload"}};
  if (const auto instance = invocation.arguments.value("instance")) request["instance"] = *instance;
  const auto reply = client.request(std::move(request), reload_patience);
  const bool ok = reply.at("success").as_bool();
  for (const auto& line : reply.at("lines").as_array()) {
    const auto& text = line.as_string();
    if (ok) {
      invocation.world.out << text.c_str() << "\n";
    } else {
      invocation.world.err << text.c_str() << "\n";
    }
  }
  return ok ? Exit::ok : Exit::config;
}

}  // namespace

Command reload_command() {
  return {
      "reload",
      {"[--instance NAME]"},
      "Let the running External read external.ini again",
      {{"instance", "NAME", "only [External-NAME]; its line starts anew even if nothing has changed"}},
      "No call is dropped: what changed holds from the next call on, and a line with other settings "
      "starts\n"
      "anew as soon as its call is over. Prints each change and from when on it holds; some need External "
      "to be\n"
      "started again (docs/configuration.md). If something is wrong, it is printed, nothing changes, and "
      "it ends\n"
      "with 78. Ends with 69 if no External runs. SIGHUP does the same to an External without a screen.\n",
      run_reload};
}

}  // namespace external::commands
