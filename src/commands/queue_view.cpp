#include "queue_view.h"

#include "table.h"

#include <external/base/text.h>

#include <fmt/format.h>

namespace external::commands {

namespace json = boost::json;

namespace {

using mailqueue::State;

std::uint64_t count(const mailqueue::Totals& totals, State state) {
  const auto found = totals.recipients.find(state);
  return found == totals.recipients.end() ? 0 : found->second;
}

// Looks at the first messages only: they are the ones that were tried.
std::string last_error(const mailqueue::Queue& queue, const std::string& destination) {
  mailqueue::Filter filter;
  filter.state = State::queued;
  filter.destination = destination;
  filter.limit = 20;
  for (const auto& message : queue.list(filter)) {
    for (const auto& recipient : message.recipients) {
      if (recipient.recipient.destination == destination && !recipient.error.empty())
        return visible(recipient.error);
    }
  }
  return {};
}

std::string states_of(const mailqueue::MessageView& message) {
  std::string states;
  for (const auto& recipient : message.recipients) {
    const auto state = mailqueue::name(recipient.state);
    if (states.find(state) == std::string::npos) states += (states.empty() ? "" : ", ") + std::string(state);
  }
  return states;
}

std::string recipients_of(const mailqueue::MessageView& message) {
  if (message.recipients.empty()) return "-";
  const auto others = message.recipients.size() - 1;
  return visible(message.recipients.front().recipient.address) +
         (others > 0 ? fmt::format(" and {} more", others) : "");
}

std::string sender_of(const mailqueue::MessageView& message) {
  return message.envelope.sender.empty() ? "<>" : visible(message.envelope.sender);
}

json::value optional_time(const std::optional<WallTime>& time) {
  return time ? json::value(iso_time(*time)) : json::value(nullptr);
}

}  // namespace

std::vector<control::QueueStatus> queue_by_destination(const mailqueue::Queue& queue) {
  std::vector<control::QueueStatus> destinations;
  for (const auto& waiting : queue.waiting()) {
    control::QueueStatus status;
    status.destination = waiting.destination;
    status.count = waiting.messages;
    status.bytes = waiting.bytes;
    status.oldest = waiting.oldest;
    status.next_attempt = waiting.next_attempt;
    status.last_error = last_error(queue, waiting.destination);
    destinations.push_back(std::move(status));
  }
  return destinations;
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
  Table table({"CALLS TO", "STATE", "CAUSE", "FAILED", "NO CALL BEFORE", "LAST ERROR"});
  for (const auto& one : calls) {
    table.add({visible(one.post_office), one.undialable ? "undialable" : "pausing", visible(one.cause),
               std::to_string(one.failures), local_time(one.until),
               one.last_error.empty() ? "-" : visible(one.last_error)});
  }
  return table.empty() ? "" : table.text();
}

std::string destinations_table(const std::vector<control::QueueStatus>& destinations) {
  Table table({"DESTINATION", "MESSAGES", "BYTES", "OLDEST", "NEXT ATTEMPT", "LAST ERROR"});
  for (const auto& waiting : destinations) {
    table.add({visible(waiting.destination), with_commas(waiting.count), with_commas(waiting.bytes),
               local_time(waiting.oldest), local_time(waiting.next_attempt),
               waiting.last_error.empty() ? "-" : waiting.last_error});
  }
  return table.empty() ? "" : table.text();
}

std::string totals_line(const mailqueue::Totals& totals) {
  if (totals.messages == 0) return "The queue is empty.";
  auto text = fmt::format("{} messages, {} bytes", with_commas(totals.messages), with_commas(totals.bytes));
  for (const auto state : {State::in_transfer, State::held}) {
    if (const auto number = count(totals, state); number > 0)
      text += fmt::format(", {} recipients {}", with_commas(number), mailqueue::name(state));
  }
  return text;
}

std::string messages_table(const std::vector<mailqueue::MessageView>& messages) {
  Table table({"ID", "BYTES", "ACCEPTED", "PRIORITY", "STATE", "FROM", "TO"});
  for (const auto& message : messages) {
    table.add({std::to_string(message.id), with_commas(message.size), local_time(message.envelope.accepted),
               std::string(mailqueue::name(message.envelope.priority)), states_of(message),
               sender_of(message), recipients_of(message)});
  }
  return table.empty() ? "" : table.text();
}

std::string message_text(const mailqueue::MessageView& message) {
  const auto& envelope = message.envelope;
  auto text = fmt::format("{:<10} {}\n{:<10} {}\n", "Message", message.id, "Key", visible(envelope.key));
  text +=
      fmt::format("{:<10} {}\n{:<10} {}\n", "From", sender_of(message), "Bytes", with_commas(message.size));
  text += fmt::format("{:<10} {}\n", "Priority", mailqueue::name(envelope.priority));
  text += fmt::format("{:<10} {}\n", "Accepted", local_time(envelope.accepted));
  text += fmt::format("{:<10} {}\n", "Expires", local_time(envelope.expires()));
  for (const auto& hop : envelope.hops) text += fmt::format("{:<10} {}\n", "Passed", visible(hop));
  Table table({"TO", "STATE", "TRIES", "NEXT ATTEMPT", "LAST ERROR"});
  for (const auto& to : message.recipients) {
    table.add({visible(to.recipient.address), std::string(mailqueue::name(to.state)),
               std::to_string(to.attempts), local_time(to.next_attempt),
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

json::array to_json(const std::vector<control::QueueStatus>& destinations) {
  json::array array;
  for (const auto& waiting : destinations) {
    array.push_back(json::object{{"destination", waiting.destination},
                                 {"count", waiting.count},
                                 {"bytes", waiting.bytes},
                                 {"oldest", optional_time(waiting.oldest)},
                                 {"next_attempt", optional_time(waiting.next_attempt)},
                                 {"last_error", waiting.last_error}});
  }
  return array;
}

json::object to_json(const mailqueue::Totals& totals) {
  json::object recipients;
  for (const auto& [state, number] : totals.recipients) recipients[mailqueue::name(state)] = number;
  return {{"messages", totals.messages}, {"bytes", totals.bytes}, {"recipients", recipients}};
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
  const auto expires = message.envelope.expires();
  return {{"id", message.id},
          {"key", message.envelope.key},
          {"sender", message.envelope.sender},
          {"priority", mailqueue::name(message.envelope.priority)},
          {"bytes", message.size},
          {"accepted", iso_time(message.envelope.accepted)},
          {"expires", expires == WallTime::max() ? json::value(nullptr) : json::value(iso_time(expires))},
          {"recipients", std::move(recipients)}};
}

}  // namespace external::commands
