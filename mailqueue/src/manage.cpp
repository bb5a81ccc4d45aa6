// The administrator's hand and eyes, and upkeep.

#include "content.h"
#include "finish.h"
#include "history.h"
#include "load.h"
#include "sha256.h"

#include <mailqueue/queue.h>

#include <algorithm>

namespace mailqueue {

namespace {

void fill_recipients(Database& database, MessageView& view) {
  view.recipients = load_recipients(database, view.id);
  for (const RecipientStatus& status : view.recipients) view.envelope.recipients.push_back(status.recipient);
}

/// One of the hand's changes: `update` returns how many recipients it changed, and that goes to the history.
template <class Update>
std::size_t change(Database& database, MessageId message, Time now, std::string_view text, Update update) {
  Transaction transaction(database);
  const std::size_t changed = update();
  if (changed > 0) note(database, message, now, text);
  remove_if_done(database, message);
  transaction.commit();
  return changed;
}

/// Rows are added in the order of time, so the old ones come first; a few at a time, so that others get a
/// turn.
void forget(Database& database, std::string_view delete_some, Time before) {
  for (;;) {
    Transaction transaction(database);
    const std::size_t forgotten = database.run(delete_some, before);
    transaction.commit();
    if (forgotten == 0) return;
  }
}

bool digest_is_right(Database& database, std::int64_t content, Bytes expected) {
  Sha256 hash;
  read_chunks(database, content, 0, [&](Bytes bytes) {
    hash.update(bytes);
    return true;
  });
  const Digest digest = hash.digest();
  return std::ranges::equal(std::as_bytes(std::span(digest)), expected);
}

}  // namespace

std::size_t Queue::hold(MessageId message, Time now) {
  return change(*database_, message, now, "held", [&] {
    return database_->run("UPDATE recipient SET state = 2 WHERE message = ? AND state = 0", message);
  });
}

std::size_t Queue::release(MessageId message, Time now) {
  return change(*database_, message, now, "released", [&] {
    return database_->run("UPDATE recipient SET state = 0 WHERE message = ? AND state = 2", message);
  });
}

std::size_t Queue::retry(MessageId message, Time now) {
  return change(*database_, message, now, "due at once", [&] {
    return database_->run("UPDATE recipient SET next_attempt = ? WHERE message = ? AND state = 0", now,
                          message);
  });
}

std::size_t Queue::remove(MessageId message, Time now) {
  return change(*database_, message, now, "deleted", [&] {
    return database_->run("UPDATE recipient SET state = 6 WHERE message = ? AND state IN (0, 2)", message);
  });
}

std::vector<MessageView> Queue::list(const Filter& filter) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::vector<MessageView> all;
  Statement row = database_->query(
      "SELECT DISTINCT message FROM recipient WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR "
      "destination = ?2) "
      "ORDER BY message LIMIT ?3",
      filter.state, filter.destination, filter.limit);
  while (row.step()) {
    std::optional<MessageView> view = load_message(*database_, row.integer(0));
    if (!view) continue;
    fill_recipients(*database_, *view);
    all.push_back(std::move(*view));
  }
  return all;
}

std::optional<MessageView> Queue::show(MessageId message) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::optional<MessageView> view = load_message(*database_, message);
  if (view) fill_recipients(*database_, *view);
  return view;
}

std::vector<Event> Queue::history(MessageId message) const {
  std::vector<Event> events;
  Statement row = database_->query("SELECT time, text FROM history WHERE message = ? ORDER BY id", message);
  while (row.step()) events.push_back({row.time(0), row.text(1)});
  return events;
}

Totals Queue::totals() const {
  const Transaction moment(*database_, Transaction::Kind::read);
  Totals totals;
  Statement states = database_->query("SELECT state, count(*) FROM recipient GROUP BY state");
  while (states.step()) {
    totals.recipients[static_cast<State>(states.integer(0))] = static_cast<std::uint64_t>(states.integer(1));
  }
  Statement contents =
      database_->query("SELECT complete, count(*), sum(size) FROM content GROUP BY complete");
  while (contents.step()) {
    const bool complete = contents.integer(0) != 0;
    (complete ? totals.messages : totals.partials) = static_cast<std::uint64_t>(contents.integer(1));
    (complete ? totals.bytes : totals.partial_bytes) = static_cast<std::uint64_t>(contents.integer(2));
  }
  return totals;
}

void Queue::prune(Time now) {
  constexpr std::chrono::hours least_seen{24 * 30};
  forget(*database_, "DELETE FROM seen WHERE id IN (SELECT id FROM seen ORDER BY id LIMIT 1000) AND time < ?",
         now - std::max(options_.keep_seen, least_seen));
  forget(*database_,
         "DELETE FROM history WHERE id IN (SELECT id FROM history ORDER BY id LIMIT 1000) AND time < ?",
         now - options_.keep_history);
  database_->run("PRAGMA incremental_vacuum");
}

void Queue::check() const {
  const Transaction moment(*database_, Transaction::Kind::read);
  const auto damaged = [this](const std::string& what) {
    throw Error(ErrorKind::corrupt, "mail queue " + database_->path() + ": damaged (" + what +
                                        "); keep a copy of the file and restore it, or move it away");
  };
  Statement integrity = database_->query("PRAGMA integrity_check(1)");
  while (integrity.step()) {
    if (integrity.text(0) != "ok") damaged(integrity.text(0));
  }
  if (database_->query("PRAGMA foreign_key_check").step()) damaged("a row refers to one that is missing");
  if (database_->query("SELECT 1 FROM content WHERE complete = 1 AND id NOT IN (SELECT content FROM message)")
          .step()) {
    damaged("content without a message");
  }
  if (database_
          ->query("SELECT 1 FROM message m WHERE NOT EXISTS "
                  "(SELECT 1 FROM recipient WHERE message = m.id AND state IN (0, 1, 2))")
          .step()) {
    damaged("a message without open recipients");
  }
  constexpr std::string_view miscounted =
      "WITH counted AS (SELECT destination, count(*), sum(size) FROM (SELECT DISTINCT r.destination, m.id, "
      "m.size "
      "FROM recipient r JOIN message m ON m.id = r.message WHERE r.state = 0) GROUP BY destination) "
      "SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM waiting) "
      "UNION ALL SELECT * FROM (SELECT * FROM waiting EXCEPT SELECT * FROM counted)";
  if (database_->query(miscounted).step()) damaged("the counts of waiting mail are wrong");
  Statement contents = database_->query("SELECT id, digest FROM content WHERE complete = 1");
  while (contents.step()) {
    if (!digest_is_right(*database_, contents.integer(0), contents.bytes(1)))
      damaged("a content has changed");
  }
}

}  // namespace mailqueue
