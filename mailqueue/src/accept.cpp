#include "accept.h"

#include "recipients.h"
#include "stored_notify.h"

#include <algorithm>
#include <limits>
#include <set>

namespace mailqueue {

namespace {

/// More than any number of steps: nobody is to be told that a notice waits.
constexpr int all_steps = std::numeric_limits<int>::max();

std::string joined(const std::vector<std::string>& hops) {
  std::string text;
  for (const std::string& hop : hops) text += hop + '\n';
  return text;
}

void require(bool rule, const char* text) {
  if (!rule) throw Error(ErrorKind::misuse, text);
}

}  // namespace

void require_valid(const Envelope& envelope) {
  require(!envelope.key.empty(), "a message without a key cannot be queued; give it a world-unique one");
  require(!envelope.recipients.empty(), "a message without recipients cannot be queued; name at least one");
  require(envelope.recipients.size() <= most_recipients,
          "a message cannot be queued for more than 1048576 recipients; send it in parts");
  require(std::none_of(envelope.hops.begin(), envelope.hops.end(),
                       [](const std::string& hop) { return hop.find('\n') != std::string::npos; }),
          "a hop with a line feed in its name cannot be queued; remove it");
}

std::vector<Recipient> note_seen(Database& database, const Envelope& envelope, Time now) {
  std::vector<Recipient> fresh;
  for (const Recipient& recipient : envelope.recipients) {
    const std::size_t added = database.run("INSERT OR IGNORE INTO seen (key, address, time) VALUES (?, ?, ?)",
                                           envelope.key, recipient.address, now);
    if (added == 1) fresh.push_back(recipient);
  }
  return fresh;
}

MessageId insert_message(Database& database, const Envelope& envelope,
                         const std::vector<Recipient>& recipients, const Body& body, Time now) {
  const MessageId message = database.tallies().next_message(database);
  database.run(
      "INSERT INTO message (id, received, size, key, sender, priority, accepted, useful_life, expires, hops, "
      "envelope_id, headers_only, warned, digest, content, bytes) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      message, now, body.size, envelope.key, envelope.sender, envelope.priority, envelope.accepted,
      envelope.useful_life.count(), envelope.expires(), joined(envelope.hops), envelope.envelope_id,
      envelope.headers_only, envelope.sender.empty() ? all_steps : 0, std::as_bytes(std::span(body.digest)),
      body.content, body.bytes);
  database.tallies().add_messages(1, static_cast<std::int64_t>(body.size));
  database.tallies().add_recipients(State::queued, static_cast<std::int64_t>(recipients.size()));
  std::set<std::string_view> destinations;
  RecipientId id = first_recipient(message);
  for (const Recipient& recipient : recipients) {
    database.run(
        "INSERT INTO recipient (id, address, destination, priority, state, tried, attempts, next_attempt, "
        "error, notify, original) VALUES (?, ?, ?, ?, 0, 0, 0, ?, '', ?, ?)",
        id++, recipient.address, recipient.destination, envelope.priority, now, to_stored(recipient.notify),
        recipient.original);
    if (destinations.insert(recipient.destination).second)
      database.tallies().add_waiting(recipient.destination, 1, static_cast<std::int64_t>(body.size));
  }
  return message;
}

}  // namespace mailqueue
