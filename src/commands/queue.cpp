#include "dial_again.h"
#include "home.h"
#include "queue_view.h"
#include "table.h"

#include <external/base/text.h>
#include <external/postoffice/delivery.h>

#include <charconv>
#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

using mailqueue::MessageId;
using mailqueue::Queue;
using mailqueue::State;

constexpr std::size_t everything = 1'000'000'000;

Exit list(Invocation& invocation, const Queue& queue) {
  const bool each = invocation.arguments.has("all");
  const auto destinations = queue_by_destination(queue);
  const auto totals = queue.totals();
  mailqueue::Filter filter;
  filter.limit = everything;
  const auto messages = each ? queue.list(filter) : std::vector<mailqueue::MessageView>();
  auto& out = invocation.world.out;
  if (!invocation.arguments.has("json")) {
    out << (each ? messages_table(messages) : destinations_table(destinations)) << totals_line(totals)
        << "\n";
    return Exit::ok;
  }
  json::object object{{"destinations", to_json(destinations)}, {"totals", to_json(totals)}};
  if (each) {
    auto& array = object["messages"].emplace_array();
    for (const auto& message : messages) array.push_back(to_json(message));
  }
  out << json::serialize(object) << "\n";
  return Exit::ok;
}

MessageId parse_id(const std::string& word) {
  MessageId id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (error != std::errc() || end != word.data() + word.size() || id <= 0)
    throw Failure(Exit::usage,
                  "'" + visible(word) + "' is no message number; external queue list --all shows them");
  return id;
}

// The numbers behind the verb; `all` stands for every message.
std::vector<MessageId> read_ids(const Invocation& invocation, const Queue& queue) {
  std::vector<MessageId> ids;
  const auto& operands = invocation.operands();
  if (operands.size() < 2)
    throw Failure(Exit::usage, "name messages by their numbers; external queue list --all shows them");
  for (std::size_t index = 1; index < operands.size(); ++index) {
    if (operands[index] != "all") {
      ids.push_back(parse_id(operands[index]));
      continue;
    }
    mailqueue::Filter filter;
    filter.limit = everything;
    for (const auto& message : queue.list(filter)) ids.push_back(message.id);
  }
  return ids;
}

[[noreturn]] void refuse_unknown(MessageId id) {
  throw Failure(Exit::data, "no message " + std::to_string(id) +
                                " in the queue; external queue list --all shows those there are");
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

Exit show(Invocation& invocation, const Queue& queue) {
  auto& out = invocation.world.out;
  for (const auto id : read_ids(invocation, queue)) {
    const auto message = queue.show(id);
    const auto history = queue.history(id);
    if (!message && history.empty()) refuse_unknown(id);
    if (invocation.arguments.has("json")) {
      out << json::serialize(as_json(id, message, history)) << "\n";
    } else {
      out << (message ? message_text(*message) : "Message " + std::to_string(id) + " is no longer here.\n");
      out << "\n" << history_text(history);
    }
  }
  return Exit::ok;
}

// A message with those of its recipients that are not on the way.
mailqueue::Work work_for(const mailqueue::MessageView& message) {
  mailqueue::Work work;
  work.message = message.id;
  work.envelope = message.envelope;
  work.envelope.recipients.clear();
  work.size = message.size;
  work.digest = message.digest;
  for (const auto& recipient : message.recipients) {
    if (recipient.state != State::queued && recipient.state != State::held) continue;
    work.envelope.recipients.push_back(recipient.recipient);
    work.targets.push_back({recipient.id, recipient.attempts});
  }
  return work;
}

std::size_t give_back(const config::Settings& settings, Queue& queue, MessageId id, WallTime now) {
  const auto message = queue.show(id);
  if (!message) return 0;
  const auto work = work_for(*message);
  postoffice::Failure failure;
  failure.report = postoffice::Report::unable_to_deliver;
  failure.post_office = work.envelope.recipients.empty() ? "" : work.envelope.recipients.front().destination;
  failure.detail = "returned by the administrator of " + settings.home_po;
  return postoffice::return_mail(queue, address_book(settings), work, failure, now).size();
}

using Change = std::function<std::size_t(MessageId)>;

Change change_for(const std::string& verb, const config::Settings& settings, Queue& queue, WallTime now) {
  if (verb == "hold") return [&queue, now](MessageId id) { return queue.hold(id, now); };
  if (verb == "release") return [&queue, now](MessageId id) { return queue.release(id, now); };
  if (verb == "retry") {
    return [&settings, &queue, now](MessageId id) {
      dial_again_for(settings, queue, id);
      return queue.retry(id, now);
    };
  }
  if (verb == "delete") return [&queue, now](MessageId id) { return queue.remove(id, now); };
  if (verb == "return") {
    return [&settings, &queue, now](MessageId id) { return give_back(settings, queue, id, now); };
  }
  throw Failure(Exit::usage,
                "'" + visible(verb) + "' is none of list, show, hold, release, retry, return, delete");
}

std::string nothing_to_do(const std::string& verb, MessageId id) {
  if (verb == "hold" || verb == "retry") return "message " + std::to_string(id) + " has no queued recipients";
  if (verb == "release") return "message " + std::to_string(id) + " is not held";
  return "message " + std::to_string(id) + " is on the way; try again after the call";
}

Exit change(Invocation& invocation, const config::Settings& settings, Queue& queue, const std::string& verb) {
  const auto apply = change_for(verb, settings, queue, invocation.now());
  const auto ids = read_ids(invocation, queue);
  const bool named = std::ranges::find(invocation.operands(), "all") == invocation.operands().end();
  for (const auto id : ids) {
    if (apply(id) > 0 || !named) continue;
    if (!queue.show(id)) refuse_unknown(id);
    throw Failure(Exit::try_later,
                  nothing_to_do(verb, id) + "; see external queue show " + std::to_string(id));
  }
  tell_news(settings);
  return Exit::ok;
}

Exit run(Invocation& invocation) {
  const auto settings = load_settings(invocation);
  auto queue = open_queue(settings);
  const auto verb = invocation.operands().empty() ? "list" : invocation.operands().front();
  if (verb == "list") return list(invocation, queue);
  if (verb == "show") return show(invocation, queue);
  return change(invocation, settings, queue, verb);
}

}  // namespace

Command queue_command() {
  return {"queue",
          {"[list] [--all] [--json]", "show ID... [--json]", "hold|release|retry|return|delete ID...|all"},
          "Show the queue and change what is in it",
          {{"all", "", "list every message instead of destinations"}, {"json", "", "print JSON"}},
          "list      what waits for each post office\n"
          "show      all about a message, also what became of one that is gone\n"
          "hold      keep it back; release lets it go again\n"
          "retry     try it now instead of at its next attempt, and dial its post offices again\n"
          "return    give it back to its sender with a notice\n"
          "delete    remove it without a notice\n",
          run};
}

}  // namespace external::commands
