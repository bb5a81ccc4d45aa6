#include "finish.h"

#include "content.h"
#include "history.h"

namespace mailqueue {

namespace {

struct Message {
  Time received{};
  std::uint64_t size = 0;
  std::string key;
  std::string sender;
  std::optional<std::int64_t> content;
};

std::optional<Message> find_message(Database& database, MessageId id) {
  Statement row = database.query("SELECT received, size, key, sender, content FROM message WHERE id = ?", id);
  if (!row.step()) return std::nullopt;
  Message message;
  message.received = row.time(0);
  message.size = static_cast<std::uint64_t>(row.integer(1));
  message.key = row.text(2);
  message.sender = row.text(3);
  if (!row.is_null(4)) message.content = row.integer(4);
  return message;
}

void remove_message(Database& database, MessageId id, const Message& message, Recipients& recipients) {
  for (const Recipients::One& one : recipients.all()) database.tallies().add_recipients(one.state, -1);
  database.tallies().add_messages(-1, -static_cast<std::int64_t>(message.size));
  database.run("DELETE FROM recipient WHERE id BETWEEN ? AND ?", first_recipient(id), last_recipient(id));
  database.run("DELETE FROM message WHERE id = ?", id);
  if (message.content) drop_content(database, *message.content);
}

/// Of a message whose row was lost. Nobody knows its size.
std::uint64_t close_without_message(Database& database, MessageId id, Recipients& recipients,
                                    std::string_view text, Time now) {
  recipients.tally(0);
  for (const Recipients::One& one : recipients.all())
    database.run("UPDATE recipient SET state = ? WHERE id = ?", one.state, one.id);
  if (!recipients.any_open()) {
    for (const Recipients::One& one : recipients.all()) database.tallies().add_recipients(one.state, -1);
    database.run("DELETE FROM recipient WHERE id BETWEEN ? AND ?", first_recipient(id), last_recipient(id));
  }
  note(database, id, now, text);
  return 0;
}

}  // namespace

std::uint64_t close_recipients(Database& database, MessageId id, Recipients& recipients,
                               std::string_view text, Time now) {
  const std::optional<Message> message = find_message(database, id);
  if (!message) return close_without_message(database, id, recipients, text, now);
  recipients.tally(message->size);
  if (!recipients.any_open()) {
    note_end(
        database, id, now, text,
        origin_of(message->received, message->sender, message->size, message->key, recipients.addresses()));
    remove_message(database, id, *message, recipients);
    return message->size;
  }
  for (const Recipients::One& one : recipients.all()) {
    if (one.state == one.before) continue;
    database.run("UPDATE recipient SET state = ?1, error = CASE WHEN ?2 THEN error ELSE '' END WHERE id = ?3",
                 one.state, is_open(one.state), one.id);
  }
  note(database, id, now, text);
  return message->size;
}

Finished finish(Database& database, std::span<const RecipientId> recipients, State state,
                std::string_view text, Time now) {
  Finished finished;
  for (const std::vector<RecipientId>& group : by_message(recipients)) {
    const MessageId message = message_of(group.front());
    Recipients all(database, message);
    std::vector<std::string> done;
    for (const RecipientId id : group) {
      Recipients::One* const one = all.find(id);
      if (one == nullptr || !is_open(one->state)) continue;
      one->state = state;
      done.push_back(one->address);
      finished.recipients.push_back(id);
    }
    if (done.empty()) continue;
    ++finished.messages;
    finished.bytes += close_recipients(database, message, all, std::string(text) + ": " + some_of(done), now);
  }
  return finished;
}

std::optional<std::string> common_sender(Database& database, std::span<const RecipientId> recipients) {
  std::optional<std::string> sender;
  for (const std::vector<RecipientId>& group : by_message(recipients)) {
    Statement row = database.query("SELECT sender FROM message WHERE id = ?", message_of(group.front()));
    if (!row.step()) continue;
    if (sender)
      throw Error(ErrorKind::misuse, "recipients of several messages cannot be returned with one notice");
    sender = row.text(0);
  }
  return sender;
}

}  // namespace mailqueue
