#include "request.h"

#include <external/base/text.h>

namespace external::control {

namespace json = boost::json;

namespace {

Understood refused(json::object refusal) {
  Understood understood;
  understood.refusal = std::move(refusal);
  return understood;
}

Understood refused(std::string_view text) {
  return refused(error_reply(text));
}

bool is_known_version(const json::value* version) {
  return version != nullptr && *version == protocol_version;
}

json::object unknown_version(const json::value* version) {
  const auto text = version == nullptr ? std::string("a request has \"v\":1, the version of this protocol")
                                       : "this External does not speak that version of the protocol, but 1";
  json::object reply = error_reply(text);
  reply["versions"] = json::array{protocol_version};
  return reply;
}

std::string unknown_command(std::string_view name, const Commands& commands) {
  std::vector<std::string> known;
  for (const auto& [command, answerer] : commands) known.push_back(command);
  const std::string near = nearest(name.substr(0, 64), known);
  return "unknown command " + visible(name.substr(0, 64)) +
         (near.empty() ? "; is External older than the program that asks?" : "; did you mean " + near + "?");
}

}  // namespace

json::object error_reply(std::string_view text) {
  return {{"ok", false}, {"error", text}};
}

Understood understand(std::string_view line, const Commands& commands) {
  error_code failed;
  json::value value = json::parse(json::string_view(line.data(), line.size()), failed);
  if (failed) return refused("not JSON: " + failed.message());
  if (!value.is_object()) return refused("a request is a JSON object");
  json::object& request = value.get_object();
  const auto* version = request.if_contains("v");
  if (!is_known_version(version)) return refused(unknown_version(version));
  const auto* name = request.if_contains("command");
  if (name == nullptr || !name->is_string()) return refused("a request has a \"command\"");
  const auto found = commands.find(std::string_view(name->get_string()));
  if (found == commands.end()) return refused(unknown_command(name->get_string(), commands));
  Understood understood;
  understood.request = std::move(request);
  understood.answerer = &found->second;
  return understood;
}

}  // namespace external::control
