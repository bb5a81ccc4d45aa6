#include "home.h"
#include "queue_change.h"
#include "queue_choice.h"
#include "queue_view.h"
#include "table.h"

#include <external/base/text.h>

#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

using mailqueue::Filter;
using mailqueue::Held;
using mailqueue::MessageId;
using mailqueue::Queue;

/// Messages shown from one look, so that a long queue does not come into memory.
constexpr std::size_t queue_page = 500;

Exit list_destinations(Invocation& invocation, const Queue& queue) {
  const auto destinations = queue_by_destination(queue);
  const auto lines = queue.held(Held::line);
  auto& out = invocation.world.out;
  if (!invocation.arguments.has("json")) {
    mailqueue::Filter any;
    any.limit = 1;
    out << destinations_table(destinations) << summary_line(destinations, queue.list(any).empty()) << "\n";
    for (const auto& line : lines) {
      out << visible(line.name) << " is held since " << local_time(line.since)
          << ": it dials for no mail; release it with: external queue release " << visible(line.name) << "\n";
    }
    return Exit::ok;
  }
  for (const auto& destination : destinations) out << json::serialize(to_json(destination)) << "\n";
  for (const auto& line : lines)
    out << json::serialize(json::object{{"line", line.name}, {"held_since", iso_time(line.since)}}) << "\n";
  return Exit::ok;
}

Exit list_messages(Invocation& invocation, const Queue& queue, Filter filter) {
  const bool as_json = invocation.arguments.has("json");
  auto& out = invocation.world.out;
  auto left = filter.limit;
  std::size_t shown = 0;
  while (left > 0) {
    filter.limit = std::min(queue_page, left);
    const auto messages = queue.list(filter);
    if (messages.empty()) break;
    if (as_json) {
      for (const auto& message : messages) out << json::serialize(to_json(message)) << "\n";
    } else {
      out << messages_table(messages, shown == 0);
    }
    shown += messages.size();
    left -= messages.size();
    filter.after = messages.back().id;
  }
  if (shown > 0) return Exit::ok;
  if (!as_json) out << "No message matches.\n";
  return Exit::nothing;
}

Exit list(Invocation& invocation) {
  const auto settings = load_settings(invocation);
  const auto queue = open_queue(settings);
  const auto choice = read_choice(invocation, settings);
  if (choice.filter) return list_messages(invocation, queue, *choice.filter);
  if (invocation.operands().size() > 1)
    throw Failure(Exit::usage, "list takes options; external queue show ID shows one message");
  return list_destinations(invocation, queue);
}

json::object as_json(MessageId id, const std::optional<mailqueue::MessageView>& message,
                     const std::vector<mailqueue::Event>& history) {
  json::object object = message ? to_json(*message) : json::object{{"id", id}, {"recipients", json::array()}};
  auto& events = object["history"].emplace_array();
  for (const auto& event : history) {
    events.push_back(json::object{{"time", iso_time(event.time)}, {"text", event.text}});
  }
  return object;
}

void show_one(Invocation& invocation, const Queue& queue, MessageId id) {
  auto& out = invocation.world.out;
  const auto message = queue.show(id);
  const auto history = queue.history(id);
  if (!message && history.empty()) {
    throw Failure(Exit::nothing, "no message " + std::to_string(id) +
                                     " in the queue; external queue list --all shows those there are");
  }
  if (invocation.arguments.has("json")) {
    out << json::serialize(as_json(id, message, history)) << "\n";
    return;
  }
  out << (message ? message_text(*message, queue.held(Held::destination))
                  : "Message " + std::to_string(id) + " is no longer here.\n");
  out << "\n" << history_text(history);
}

Exit show(Invocation& invocation) {
  const auto settings = load_settings(invocation);
  const auto choice = read_choice(invocation, settings);
  const auto queue = open_queue(settings);
  if (choice.ids.empty())
    throw Failure(Exit::usage, "name messages by their numbers; external queue list --all shows them");
  for (const auto id : choice.ids) show_one(invocation, queue, id);
  return Exit::ok;
}

Exit run_queue(Invocation& invocation) {
  const auto verb = invocation.operands().empty() ? "list" : invocation.operands().front();
  if (verb == "list") return list(invocation);
  if (verb == "show") return show(invocation);
  return change_queue(invocation, verb);
}

std::vector<Option> options() {
  auto all = choosing_options();
  all.push_back({"json", "", "print JSON, one object a line"});
  return all;
}

}  // namespace

Command queue_command() {
  return {
      "queue",
      {"[list] [OPTION...]", "show ID...", "hold|release ID...|NETWORK/POSTOFFICE...|INSTANCE...|OPTION...",
       "retry|return|delete ID...|OPTION..."},
      "Show the queue and change what is in it",
      options(),
      "list      what waits for each post office; with --all or another choice, each message\n"
      "show      all about a message, also what became of one that is gone\n"
      "hold      keep it back; release lets it go again. A post office is held with all that comes later\n"
      "          for it, and a line (an instance) no longer dials for mail\n"
      "retry     try it now instead of at its next attempt; a quarantined one too\n"
      "return    give it back to its sender with a notice\n"
      "delete    remove it without a notice\n"
      "\n"
      "Several options choose what meets all of them; a change is made to the recipients that do. What is\n"
      "changed must be named or chosen; for everything write --all. External may run meanwhile: a message\n"
      "that is being sent stops. Exit codes: 0 done, 1 nothing matched, 64 wrong use, 68 unknown post\n"
      "office, 75 try again later, others as external --help tells.\n",
      run_queue};
}

}  // namespace external::commands
