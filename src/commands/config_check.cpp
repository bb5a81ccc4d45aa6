#include "config_problems.h"
#include "home.h"

#include <boost/json.hpp>

#include <algorithm>
#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

json::object to_json(const config::Diagnostic& problem) {
  const auto number = [](int value) { return value > 0 ? json::value(value) : json::value(nullptr); };
  return {{"file", problem.source},
          {"line", number(problem.line)},
          {"column", number(problem.column)},
          {"severity", problem.warning ? "warning" : "error"},
          {"text", problem.text}};
}

json::object to_json(const std::filesystem::path& file, const config::Diagnostics& problems) {
  json::array all;
  for (const auto& problem : problems) all.emplace_back(to_json(problem));
  return {{"file", file.string()}, {"ok", !config::has_errors(problems)}, {"problems", std::move(all)}};
}

std::string number_of(std::ptrdiff_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

Exit run_config_check(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto file = config::find_config(invocation.config, invocation.world.environment("EXTERNAL_CONFIG"));
  const auto reading = config::read(file, invocation.overrides);
  const auto problems = find_problems_of(reading, script_folders());
  const auto exit = config::has_errors(problems) ? Exit::config : Exit::ok;
  if (invocation.arguments.has("json")) {
    invocation.world.out << json::serialize(to_json(file, problems)) << "\n";
    return exit;
  }
  for (const auto& problem : problems) invocation.world.err << config::to_string(problem) << "\n";
  const auto warnings = std::ranges::count(problems, true, &config::Diagnostic::warning);
  const auto errors = std::ranges::count(problems, false, &config::Diagnostic::warning);
  if (problems.empty()) {
    invocation.world.out << file.string() << " is fine.\n";
  } else {
    invocation.world.out << file.string() << ": " << number_of(errors, "error") << ", "
                         << number_of(warnings, "warning") << ".\n";
  }
  return exit;
}

}  // namespace

Command config_check_command() {
  return {
      "config check",
      {"[--json]"},
      "Look for everything that is wrong with external.ini",
      {{"json", "", "for programs"}},
      "Settings, addresses, routes, modem scripts, files, folders, permissions, ports: all problems at "
      "once, each as\n"
      "FILE:LINE: error: cause; cure. Warnings are about what External can begin without, such as a port "
      "that is not\n"
      "there now. Nothing is changed and no line is touched. Ends with 78 if there is an error, with 0 if "
      "there are\n"
      "only warnings. `external reload` lets a running External take the file.\n",
      run_config_check};
}

}  // namespace external::commands
