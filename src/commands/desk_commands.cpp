#include "desk_commands.h"

#include "office_view.h"
#include "running.h"

#include <external/base/text.h>

#include <array>
#include <charconv>

namespace external::commands {

namespace json = boost::json;

namespace {

using console::Action;
using On = Action::On;
using What = Action::What;

constexpr std::size_t usual_page = 100;

constexpr std::array<std::pair<What, std::string_view>, 3> changes{
    std::pair{What::hold, "hold"}, std::pair{What::release, "release"}, std::pair{What::retry, "retry"}};
constexpr std::array<std::pair<On, std::string_view>, 3> objects{std::pair{On::line, "line"},
                                                                 std::pair{On::post_office, "post_office"},
                                                                 std::pair{On::message, "message"}};

std::string text_of(const json::object& request, std::string_view name) {
  const auto* member = request.if_contains(name);
  if (member == nullptr || !member->is_string())
    throw std::runtime_error("the request needs \"" + std::string(name) + "\"");
  return std::string(member->get_string());
}

std::uint64_t number_of(const json::object& request, std::string_view name, std::uint64_t otherwise) {
  const auto* member = request.if_contains(name);
  if (member == nullptr) return otherwise;
  error_code failed;
  const auto number = member->to_number<std::uint64_t>(failed);
  if (failed) throw std::runtime_error("\"" + std::string(name) + "\" is a number from 0 on");
  return number;
}

/// Clients have numbers; another text is that of none.
std::uint64_t number_from(const std::string& text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

template <class Known>
auto value_of(const Known& known, const json::object& request, std::string_view name) {
  const auto text = text_of(request, name);
  std::string all;
  for (const auto& [value, word] : known) {
    if (text == word) return value;
    all += (all.empty() ? "" : ", ") + std::string(word);
  }
  throw std::runtime_error("\"" + std::string(name) + "\" is one of " + all);
}

template <class Known, class Value>
std::string word_of(const Known& known, Value wanted) {
  for (const auto& [value, word] : known) {
    if (value == wanted) return std::string(word);
  }
  return {};
}

std::string call(Running& running, const std::string& name) {
  const std::string office = office_to_call(running.settings(), name).name;
  running.engine().call_soon(office);
  if (equal_no_case(office, name)) return office + " is called as soon as a line is free.";
  return name + " is reached through " + office + ", which is called as soon as a line is free.";
}

std::string hang_up_call(Running& running, const std::string& instance) {
  if (running.engine().hang_up(instance)) return "The call on " + instance + " is being hung up.";
  throw std::runtime_error("There is no call on " + instance + ".");
}

std::string end_lease(Running& running, const std::string& id) {
  return end_lease_text(running.pools().kick(number_from(id)));
}

Task<json::object> messages(Running& running, const json::object& request) {
  const auto after = number_of(request, "after", 0);
  const auto limit = number_of(request, "limit", usual_page);
  const auto page = co_await running.queue_hand().messages(running.settings().queue_file(),
                                                           static_cast<mailqueue::MessageId>(after), limit);
  co_return control::to_json(page);
}

Task<json::object> answer(Running& running, Action action) {
  json::object reply;
  const std::string text = co_await act(running, std::move(action));
  reply["text"] = text;
  co_return reply;
}

}  // namespace

std::string end_lease_text(bool found) {
  return found ? "The client is told so; a modem that it has is hung up and reset."
               : "That client has gone already.";
}

Task<std::string> act(Running& running, Action action) {
  if (action.what == What::call) co_return call(running, action.name);
  if (action.what == What::hang_up) co_return hang_up_call(running, action.name);
  if (action.what == What::end_lease) co_return end_lease(running, action.name);
  config::Settings settings = running.settings();
  std::string text = co_await running.queue_hand().change(std::move(settings), std::move(action));
  running.engine().news();
  co_return text;
}

void offer_desk_commands(control::ControlServer& server, Running& running) {
  server.handle("messages", [&running](const json::object& request) { return messages(running, request); });
  server.handle("change", [&running](const json::object& request) {
    const Action action{value_of(changes, request, "what"), value_of(objects, request, "on"),
                        text_of(request, "name")};
    return answer(running, action);
  });
  server.handle("dial", [&running](const json::object& request) {
    const Action action{What::call, On::post_office, text_of(request, "post_office")};
    return answer(running, action);
  });
}

json::object request_for(const Action& action) {
  if (action.what == What::call) return {{"command", "dial"}, {"post_office", action.name}};
  if (action.what == What::hang_up) return {{"command", "hangup"}, {"instance", action.name}};
  if (action.what == What::end_lease) return {{"command", "share_kick"}, {"id", number_from(action.name)}};
  return {{"command", "change"},
          {"what", word_of(changes, action.what)},
          {"on", word_of(objects, action.on)},
          {"name", action.name}};
}

}  // namespace external::commands
