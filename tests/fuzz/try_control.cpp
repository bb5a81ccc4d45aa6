#include "../../src/control/request.h"
#include "inputs.h"

#include <external/control/status.h>

#include <stdexcept>

namespace external::fuzz {

namespace {

namespace json = boost::json;
using namespace external::control;

void try_request(std::string_view line) {
  Commands commands;
  for (const auto* name : {"status", "news", "stop", "hangup", "call", "log"}) commands[name] = {};
  const auto understood = understand(line, commands);
  if (understood.answerer != nullptr) return;
  const auto& refusal = understood.refusal;
  if (!refusal.contains("error") || refusal.at("ok") != false)
    throw std::logic_error("a refusal without words");
  const auto text = json::serialize(refusal);
  if (text.size() > 1000 || text.find('\n') != std::string::npos)
    throw std::logic_error("a refusal that is no line");
  error_code failed;
  json::parse(text, failed);
  if (failed) throw std::logic_error("a refusal that cannot be read");
}

/// What a command shows must come out the same when it is told on.
void try_status(std::string_view text) {
  error_code failed;
  const auto value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !value.is_object()) return;
  Status status;
  try {
    status = status_from_json(value.get_object());
  } catch (const boost::system::system_error&) {
    return;
  }
  const auto told = json::serialize(to_json(status));
  const auto again = status_from_json(json::parse(told).as_object());
  if (json::serialize(to_json(again)) != told)
    throw std::logic_error("a status that changes when it is told");
}

}  // namespace

void try_control(ByteView input) {
  if (input.empty()) return;
  const auto text = as_text(input.subspan(1));
  if (input[0] % 2 == 0) {
    try_request(text);
  } else {
    try_status(text);
  }
}

}  // namespace external::fuzz
