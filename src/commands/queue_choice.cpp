#include "queue_choice.h"

#include "home.h"

#include <external/base/text.h>

#include <algorithm>
#include <charconv>

namespace external::commands {

namespace {

using mailqueue::Filter;
using mailqueue::MessageId;
using mailqueue::State;

bool is_pattern(const std::string& text) {
  return text.find_first_of("*?") != std::string::npos;
}

bool is_office(const std::string& text) {
  return std::ranges::count(text, '/') == 1 && text.find('@') == std::string::npos;
}

MessageId parse_id(const std::string& word) {
  MessageId id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (error != std::errc() || end != word.data() + word.size() || id <= 0)
    throw Failure(Exit::usage,
                  "'" + visible(word) + "' is no message number; external queue list --all shows them");
  return id;
}

State parse_state(const std::string& word) {
  if (equal_no_case(word, "transfer")) return State::in_transfer;
  for (const auto state : {State::queued, State::held, State::quarantined}) {
    if (equal_no_case(word, mailqueue::name(state))) return state;
  }
  throw Failure(Exit::usage,
                "'" + visible(word) + "' is no state; write queued, transfer, held or quarantined");
}

void parse_to(const std::string& word, const config::Settings& settings, Filter& filter) {
  if (is_pattern(word)) {
    filter.address = to_upper(word);
  } else if (is_office(word)) {
    // Mail for mailboxes here may wait for several ways out, each a destination of its own.
    const auto office = postoffice::parse_office(word);
    if (office == settings.home_po) {
      filter.address = office + "/*";
    } else {
      filter.destination = office;
    }
  } else {
    filter.address = postoffice::parse_address(word, address_book(settings)).text();
  }
}

std::string parse_from(const std::string& word, const config::Settings& settings) {
  if (word.empty() || word == "<>") return {};
  if (is_pattern(word)) return to_upper(word);
  if (is_office(word)) return postoffice::parse_office(word) + "/*";
  return postoffice::parse_address(word, address_book(settings)).text();
}

std::size_t parse_limit(const std::string& word) {
  try {
    return config::parse_number(word, 1, 1'000'000'000);
  } catch (const config::BadValue& error) {
    throw Failure(Exit::usage, "--limit " + visible(word) + ": " + error.what());
  }
}

std::chrono::seconds parse_age(const std::string& word) {
  try {
    return config::parse_duration(word);
  } catch (const config::BadValue& error) {
    throw Failure(Exit::usage, "--older " + visible(word) + ": " + error.what());
  }
}

std::optional<Filter> read_filter(const Invocation& invocation, const config::Settings& settings) {
  const auto& arguments = invocation.arguments;
  const auto given = [&](const char* name) { return arguments.has(name); };
  if (std::ranges::none_of(std::array{"to", "from", "older", "state", "all"}, given)) return std::nullopt;
  Filter filter;
  if (const auto to = arguments.value("to")) parse_to(*to, settings, filter);
  if (const auto from = arguments.value("from")) filter.sender = parse_from(*from, settings);
  if (const auto older = arguments.value("older"))
    filter.accepted_before = invocation.now() - parse_age(*older);
  if (const auto state = arguments.value("state")) filter.state = parse_state(*state);
  filter.limit = parse_limit(arguments.value("limit").value_or("1000000000"));
  return filter;
}

std::string known_office(const std::string& word, const config::Settings& settings) {
  const auto name = postoffice::parse_office(word);
  if (name == settings.home_po || settings.find_post_office(name) != nullptr) return name;
  std::vector<std::string> known{settings.home_po};
  for (const auto& office : settings.post_offices) known.push_back(office.name);
  const auto near = nearest(name, known);
  throw Failure(Exit::no_host,
                "unknown post office " + name +
                    (near.empty() ? "; add [PostOffice " + name + "] to " + settings.file.string()
                                  : "; did you mean " + near + "?"));
}

}  // namespace

std::vector<Option> choosing_options() {
  return {{"to", "ADDRESS", "messages to this address, post office or pattern (*/ANNA)"},
          {"from", "ADDRESS", "messages from it; <> for notices"},
          {"older", "TIME", "messages accepted at least so long ago: 90m, 12h, 3d"},
          {"state", "STATE", "recipients that are queued, transfer, held or quarantined"},
          {"all", "", "every message"},
          {"limit", "N", "only the first N messages"}};
}

Choice read_choice(const Invocation& invocation, const config::Settings& settings) {
  Choice choice;
  for (std::size_t index = 1; index < invocation.operands().size(); ++index) {
    const auto& word = invocation.operands()[index];
    if (is_office(word)) {
      choice.offices.push_back(known_office(word, settings));
    } else if (const auto* instance = settings.find_instance(word)) {
      choice.lines.push_back(instance->name);
    } else if (equal_no_case(word, "all")) {
      throw Failure(Exit::usage, "write --all for every message");
    } else {
      choice.ids.push_back(parse_id(word));
    }
  }
  choice.filter = read_filter(invocation, settings);
  if (choice.filter && !(choice.ids.empty() && choice.offices.empty() && choice.lines.empty()))
    throw Failure(Exit::usage, "either name messages, post offices or lines, or choose messages by options");
  return choice;
}

}  // namespace external::commands
