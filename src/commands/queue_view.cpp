#include "queue_view.h"

#include "table.h"

#include <external/base/text.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace external::commands {

namespace json = boost::json;

namespace {

using mailqueue::State;

std::string recipients_of(const mailqueue::MessageView& message) {
  if (message.recipients.empty()) return "-";
  const auto others = message.recipients.size() - 1;
  return visible(message.recipients.front().recipient.address) +
         (others > 0 ? fmt::format(" and {} more", others) : "");
}

std::string sender_of(const mailqueue::MessageView& message) {
  if (!message.damage.empty()) return "?";
  return message.envelope.sender.empty() ? "<>" : visible(message.envelope.sender);
}

json::value optional_time(const std::optional<WallTime>& time) {
  return time ? json::value(iso_time(*time)) : json::value(nullptr);
}

}  // namespace

std::string states_of(const mailqueue::MessageView& message) {
  std::string states;
  for (const auto& recipient : message.recipients) {
    const auto state = mailqueue::name(recipient.state);
    if (states.find(state) == std::string::npos) states += (states.empty() ? "" : ", ") + std::string(state);
  }
  return states;
}

std::vector<control::QueueStatus> queue_by_destination(const mailqueue::Queue& queue) {
  std::map<std::string, control::QueueStatus> destinations;
  for (const auto& waiting : queue.waiting()) {
    auto& status = destinations[waiting.destination];
    status.count = waiting.messages;
    status.bytes = waiting.bytes;
    status.oldest = waiting.oldest;
    status.next_attempt = waiting.next_attempt;
    status.last_error = visible(queue.last_error(waiting.destination));
  }
  for (const auto& aside : queue.set_aside()) {
    auto& status = destinations[aside.destination];
    status.held_messages = aside.held;
    status.quarantined = aside.quarantined;
  }
  for (const auto& held : queue.held(mailqueue::Held::destination)) destinations[held.name].held = true;
  std::vector<control::QueueStatus> all;
  for (auto& [name, status] : destinations) {
    status.destination = name;
    all.push_back(std::move(status));
  }
  return all;
}

std::vector<control::CallsStatus> failed_calls(const mailqueue::Queue& queue, WallTime now) {
  std::vector<control::CallsStatus> all;
  for (const auto& record : queue.call_records()) {
    if (record.cause.empty()) continue;
    control::CallsStatus calls;
    calls.post_office = record.post_office;
    calls.undialable = record.undialable && record.until > now;
    calls.cause = record.cause;
    calls.failures = record.failures;
    calls.failed = record.failed;
    calls.until = record.until;
    calls.last_error = visible(record.error);
    all.push_back(std::move(calls));
  }
  return all;
}

std::string calls_table(const std::vector<control::CallsStatus>& calls) {
  Table table({"CALLS TO", "STATE", "CAUSE", "FAILED", "NOT BEFORE", "LAST ERROR"});
  for (const auto& one : calls) {
    table.add({visible(one.post_office), one.undialable ? "undialable" : "pausing", visible(one.cause),
               std::to_string(one.failures), local_time(one.until),
               one.last_error.empty() ? "-" : visible(one.last_error)});
  }
  return table.empty() ? "" : table.text();
}

std::string destinations_table(const std::vector<control::QueueStatus>& destinations) {
  Table table({"DESTINATION", "MESSAGES", "BYTES", "HELD", "OLDEST", "NEXT ATTEMPT", "LAST ERROR"});
  for (const auto& waiting : destinations) {
    table.add({visible(waiting.destination), with_commas(waiting.count), with_commas(waiting.bytes),
               with_commas(waiting.held_messages), local_time(waiting.oldest),
               waiting.held ? "held" : local_time(waiting.next_attempt),
               waiting.last_error.empty() ? "-" : waiting.last_error});
  }
  return table.empty() ? "" : table.text();
}

std::string summary_line(const std::vector<control::QueueStatus>& destinations, bool empty) {
  if (empty) return "The queue is empty.";
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t held = 0;
  std::uint64_t quarantined = 0;
  for (const auto& one : destinations) {
    messages += one.count;
    bytes += one.bytes;
    held += one.held_messages;
    quarantined += one.quarantined;
  }
  if (messages + held + quarantined == 0) return "Nothing waits; what is here is on its way.";
  auto text = fmt::format("{} {}, {} bytes", with_commas(messages),
                          messages == 1 ? "message waits" : "messages wait", with_commas(bytes));
  if (held > 0) text += fmt::format(", {} held", with_commas(held));
  if (quarantined > 0) {
    text +=
        fmt::format(", {} quarantined: external queue list --state quarantined", with_commas(quarantined));
  }
  return text;
}

std::string messages_table(const std::vector<mailqueue::MessageView>& messages, bool head) {
  Table table({"ID", "BYTES", "ACCEPTED", "PRIORITY", "STATE", "FROM", "TO"});
  for (const auto& message : messages) {
    table.add({std::to_string(message.id), with_commas(message.size), local_time(message.envelope.accepted),
               std::string(mailqueue::name(message.envelope.priority)), states_of(message),
               sender_of(message), recipients_of(message)});
  }
  const auto text = table.text();
  return head ? text : text.substr(text.find('\n') + 1);
}

std::string message_text(const mailqueue::MessageView& message,
                         const std::vector<mailqueue::HeldName>& held) {
  const auto& envelope = message.envelope;
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<10} {}\n", name, value);
  };
  add("Message", std::to_string(message.id));
  if (!message.damage.empty()) {
    add("Damaged", visible(message.damage));
  } else {
    add("Key", visible(envelope.key));
    add("From", sender_of(message));
    add("Bytes", with_commas(message.size));
    add("Priority", std::string(mailqueue::name(envelope.priority)));
    add("Accepted", local_time(envelope.accepted));
    add("Expires", local_time(envelope.expires()));
    add("Receipt", envelope.receipt() ? "wanted" : "not wanted");
    for (const auto& hop : envelope.hops) add("Passed", visible(hop));
  }
  Table table({"TO", "STATE", "TRIES", "NEXT ATTEMPT", "LAST ERROR"});
  for (const auto& to : message.recipients) {
    const bool waits = to.state == State::queued && std::ranges::any_of(held, [&](const auto& one) {
                         return one.name == to.recipient.destination;
                       });
    table.add({visible(to.recipient.address),
               waits ? "queued, its post office is held" : std::string(mailqueue::name(to.state)),
               std::to_string(to.attempts), waits ? "held" : local_time(to.next_attempt),
               to.error.empty() ? "-" : visible(to.error)});
  }
  return text + "\n" + table.text();
}

std::string history_text(const std::vector<mailqueue::Event>& history) {
  std::string text;
  for (const auto& event : history)
    text += fmt::format("{}  {}\n", local_time(event.time), visible(event.text));
  return text;
}

json::object to_json(const control::QueueStatus& destination) {
  return {{"destination", destination.destination},
          {"count", destination.count},
          {"bytes", destination.bytes},
          {"held", destination.held},
          {"held_messages", destination.held_messages},
          {"quarantined", destination.quarantined},
          {"oldest", optional_time(destination.oldest)},
          {"next_attempt", optional_time(destination.next_attempt)},
          {"last_error", destination.last_error}};
}

json::object to_json(const mailqueue::MessageView& message) {
  json::array recipients;
  for (const auto& to : message.recipients) {
    recipients.push_back(json::object{{"address", to.recipient.address},
                                      {"destination", to.recipient.destination},
                                      {"state", mailqueue::name(to.state)},
                                      {"attempts", to.attempts},
                                      {"next_attempt", iso_time(to.next_attempt)},
                                      {"last_error", to.error}});
  }
  if (!message.damage.empty())
    return {{"id", message.id}, {"damage", message.damage}, {"recipients", std::move(recipients)}};
  const auto expires = message.envelope.expires();
  return {{"id", message.id},
          {"key", message.envelope.key},
          {"sender", message.envelope.sender},
          {"priority", mailqueue::name(message.envelope.priority)},
          {"bytes", message.size},
          {"receipt", message.envelope.receipt()},
          {"hops", json::value_from(message.envelope.hops)},
          {"accepted", iso_time(message.envelope.accepted)},
          {"expires", expires == WallTime::max() ? json::value(nullptr) : json::value(iso_time(expires))},
          {"recipients", std::move(recipients)}};
}

}  // namespace external::commands
