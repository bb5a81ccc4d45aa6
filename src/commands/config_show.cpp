#include "home.h"

#include <external/base/text.h>
#include <external/config/way.h>

#include <boost/json.hpp>

#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

/// A value that may stand on a screen.
std::string shown(const std::string& setting, const std::string& text) {
  if (!config::is_secret(setting)) return visible(text);
  const bool is_way = equal_no_case(setting, "Deliver") || equal_no_case(setting, "Gateway");
  if (!is_way) return "********";
  // Only an address with a user has a password.
  return text.find('@') == std::string::npos || text.find("://") == std::string::npos
             ? visible(text)
             : visible(config::describe(config::parse_way(text)));
}

void show(std::ostream& out, const config::Given& given) {
  bool first = true;
  for (const auto& [section, settings] : given) {
    out << (first ? "" : "\n") << "[" << visible(section) << "]\n";
    first = false;
    for (const auto& [setting, value] : settings) {
      for (const auto& text : split(value.text, '\n'))
        out << setting << " = " << shown(setting, text) << "  ; " << value.origin << "\n";
    }
  }
}

json::object to_json(const config::Given& given) {
  json::object all;
  for (const auto& [section, settings] : given) {
    json::object values;
    for (const auto& [setting, value] : settings) {
      json::array texts;
      for (const auto& text : split(value.text, '\n')) texts.emplace_back(shown(setting, text));
      values[setting] = {{"values", std::move(texts)}, {"origin", value.origin}};
    }
    all[section] = std::move(values);
  }
  return all;
}

Exit run_config_show(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  if (invocation.arguments.has("json")) {
    invocation.world.out << json::serialize(to_json(settings.given)) << "\n";
  } else {
    show(invocation.world.out, settings.given);
  }
  return Exit::ok;
}

}  // namespace

Command config_show_command() {
  return {"config show",
          {"[--json]"},
          "Show the settings that are given, and where each comes from",
          {{"json", "", "for programs"}},
          "What an instance takes from [External] or the command line stands under the instance. Passwords "
          "and\n"
          "telephone numbers are shown as ********. For settings that are not there their default holds "
          "(external run --help).\n",
          run_config_show};
}

}  // namespace external::commands
