#include "accept.h"

#include "history.h"

#include <algorithm>

namespace mailqueue {

namespace {

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
                         const std::vector<Recipient>& recipients, std::int64_t content, std::uint64_t size,
                         Time now) {
  database.run(
      "INSERT INTO message (content, size, key, sender, priority, accepted, useful_life, expires, hops, "
      "receipt) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      content, size, envelope.key, envelope.sender, envelope.priority, envelope.accepted,
      envelope.useful_life.count(), envelope.expires(), joined(envelope.hops), envelope.receipt);
  const MessageId message = database.last_id();
  for (const Recipient& recipient : recipients) {
    database.run(
        "INSERT INTO recipient (message, address, destination, priority, state, attempts, next_attempt, "
        "error) "
        "VALUES (?, ?, ?, ?, 0, 0, ?, '')",
        message, recipient.address, recipient.destination, envelope.priority, now);
  }
  note(database, message, now,
       "accepted from " + (envelope.sender.empty() ? std::string("nobody (a notice)") : envelope.sender) +
           ", " + std::to_string(size) + " bytes, key " + envelope.key + ", for " + some_of(recipients));
  return message;
}

}  // namespace mailqueue
