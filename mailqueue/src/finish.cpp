#include "finish.h"

#include "content.h"
#include "history.h"

#include <map>

namespace mailqueue {

std::size_t finish(Database& database, std::span<const RecipientId> recipients, State state,
                   std::string_view text, Time now) {
  std::size_t finished = 0;
  std::map<MessageId, std::vector<std::string>> addresses;
  for (const RecipientId id : recipients) {
    Statement row = database.query(
        "UPDATE recipient SET state = ?, error = '' WHERE id = ? AND state IN (0, 1, 2) RETURNING message, "
        "address",
        state, id);
    if (!row.step()) continue;
    addresses[row.integer(0)].push_back(row.text(1));
    ++finished;
  }
  for (const auto& [message, done] : addresses) {
    note(database, message, now, std::string(text) + ": " + some_of(done));
    remove_if_done(database, message);
  }
  return finished;
}

void remove_if_done(Database& database, MessageId message) {
  const std::int64_t content = database.number(
      "SELECT content FROM message WHERE id = ?1 AND NOT EXISTS "
      "(SELECT 1 FROM recipient WHERE message = ?1 AND state IN (0, 1, 2))",
      message);
  if (content == 0) return;
  database.run("DELETE FROM message WHERE id = ?", message);
  drop_content(database, content);
}

std::optional<std::string> common_sender(Database& database, std::span<const RecipientId> recipients) {
  std::optional<MessageId> message;
  std::optional<std::string> sender;
  for (const RecipientId id : recipients) {
    Statement row = database.query(
        "SELECT m.id, m.sender FROM recipient r JOIN message m ON m.id = r.message WHERE r.id = ?", id);
    if (!row.step()) continue;
    if (message.value_or(row.integer(0)) != row.integer(0)) {
      throw Error(ErrorKind::misuse, "recipients of several messages cannot be returned with one notice");
    }
    message = row.integer(0);
    sender = row.text(1);
  }
  return sender;
}

}  // namespace mailqueue
