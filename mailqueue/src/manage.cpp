// The administrator's hand and eyes, and upkeep.

#include "content_file.h"
#include "finish.h"
#include "history.h"
#include "load.h"

#include <mailqueue/queue.h>

#include <algorithm>

namespace mailqueue {

namespace {

/// One of the hand's changes: recipients in one of the states `from` come to the state `to`.
struct Change {
  std::string_view text;  ///< for the history
  std::initializer_list<State> from;
  State to;
};

bool apply(const Change& change, Recipients::One& one) {
  if (std::find(change.from.begin(), change.from.end(), one.state) == change.from.end()) return false;
  one.state = change.to;
  return true;
}

/// Whether a change is about some recipients only is told by their addresses.
std::string described(const Change& change, const Recipients& recipients,
                      const std::vector<std::string>& changed) {
  if (changed.size() == recipients.addresses().size()) return std::string(change.text);
  return std::string(change.text) + ": " + some_of(changed);
}

std::size_t make(Database& database, const Change& change, std::span<const RecipientId> ids, Time now) {
  Transaction transaction(database);
  std::size_t count = 0;
  for (const std::vector<RecipientId>& group : by_message(ids)) {
    const MessageId message = message_of(group.front());
    Recipients recipients(database, message);
    std::vector<std::string> changed;
    for (const RecipientId id : group) {
      Recipients::One* const one = recipients.find(id);
      if (one != nullptr && apply(change, *one)) changed.push_back(one->address);
    }
    if (changed.empty()) continue;
    count += changed.size();
    close_recipients(database, message, recipients, described(change, recipients, changed), now);
  }
  transaction.commit();
  return count;
}

std::vector<RecipientId> all_of(Database& database, MessageId message) {
  std::vector<RecipientId> ids;
  Statement row = database.query("SELECT id FROM recipient WHERE id BETWEEN ? AND ? ORDER BY id",
                                 first_recipient(message), last_recipient(message));
  while (row.step()) ids.push_back(row.integer(0));
  return ids;
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

/// A few pages at a time, so that others get a turn and the log stays short.
void give_space_back(Database& database) {
  while (database.number("PRAGMA freelist_count") > 0) {
    const std::int64_t before = database.number("PRAGMA page_count");
    database.run("PRAGMA incremental_vacuum(2000)");
    if (database.number("PRAGMA page_count") >= before) return;
  }
}

/// Keys are in no order of time, so all have to be looked at; in parts, so that others get a turn.
void forget_seen(Database& database, Time before) {
  constexpr int part = 5000;
  std::string from;
  for (bool more = true; more;) {
    Transaction transaction(database);
    std::string to;
    {
      Statement row =
          database.query("SELECT key FROM seen WHERE key >= ? ORDER BY key LIMIT 1 OFFSET ?", from, part);
      more = row.step();
      if (more) to = row.text(0);
    }
    // A message of very many recipients is one part.
    if (more && to == from) {
      database.run("DELETE FROM seen WHERE key = ? AND time < ?", from, before);
      from += '\0';
    } else if (more) {
      database.run("DELETE FROM seen WHERE key >= ? AND key < ? AND time < ?", from, to, before);
      from = to;
    } else {
      database.run("DELETE FROM seen WHERE key >= ? AND time < ?", from, before);
    }
    transaction.commit();
  }
}

}  // namespace

std::size_t Queue::hold(std::span<const RecipientId> recipients, Time now) {
  return make(*database_, {"held", {State::queued, State::in_transfer}, State::held}, recipients, now);
}

std::size_t Queue::release(std::span<const RecipientId> recipients, Time now) {
  return make(*database_, {"released", {State::held}, State::queued}, recipients, now);
}

std::size_t Queue::retry(std::span<const RecipientId> recipients, Time now) {
  Transaction transaction(*database_);
  const std::size_t count =
      make(*database_, {"due at once", {State::queued, State::quarantined}, State::queued}, recipients, now);
  for (const RecipientId id : recipients)
    database_->run("UPDATE recipient SET next_attempt = ? WHERE id = ? AND state = 0", now, id);
  transaction.commit();
  return count;
}

std::size_t Queue::remove(std::span<const RecipientId> recipients, Time now) {
  const auto open = {State::queued, State::in_transfer, State::held, State::quarantined};
  return make(*database_, {"deleted", open, State::deleted}, recipients, now);
}

std::size_t Queue::hold(MessageId message, Time now) {
  return hold(all_of(*database_, message), now);
}
std::size_t Queue::release(MessageId message, Time now) {
  return release(all_of(*database_, message), now);
}
std::size_t Queue::retry(MessageId message, Time now) {
  return retry(all_of(*database_, message), now);
}
std::size_t Queue::remove(MessageId message, Time now) {
  return remove(all_of(*database_, message), now);
}

std::vector<RecipientId> matching(const MessageView& message, const Filter& filter) {
  std::vector<RecipientId> ids;
  for (const RecipientStatus& one : message.recipients) {
    if (filter.state && one.state != *filter.state) continue;
    if (filter.destination && one.recipient.destination != *filter.destination) continue;
    if (filter.address && sqlite3_strglob(filter.address->c_str(), one.recipient.address.c_str()) != 0)
      continue;
    ids.push_back(one.id);
  }
  return ids;
}

std::vector<SetAside> Queue::set_aside() const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::vector<SetAside> all;
  Statement row = database_->query(
      "SELECT destination, sum(state = 2), sum(state = 7) FROM (SELECT DISTINCT state, destination, id >> 20 "
      "FROM recipient INDEXED BY recipient_moved WHERE state <> 0 AND state IN (2, 7)) GROUP BY destination "
      "ORDER BY 1");
  while (row.step()) {
    all.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)),
                   static_cast<std::uint64_t>(row.integer(2))});
  }
  return all;
}

std::optional<MessageView> Queue::show(MessageId message) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  MessageView view = load_as_far_as_possible(*database_, message);
  if (view.recipients.empty()) return std::nullopt;
  return view;
}

std::vector<Event> Queue::history(MessageId message) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::vector<Event> events;
  Statement here = database_->query("SELECT received, sender, size, key FROM message WHERE id = ?", message);
  if (here.step()) {
    const Recipients recipients(*database_, message);
    Origin origin = origin_of(here.time(0), here.text(1), static_cast<std::uint64_t>(here.integer(2)),
                              here.text(3), recipients.addresses());
    events.push_back({origin.received, std::move(origin.text)});
  }
  Statement row = database_->query(
      "SELECT time, text, received, origin FROM history WHERE message = ? ORDER BY id", message);
  while (row.step()) {
    if (!row.is_null(3)) events.insert(events.begin(), {row.time(2), row.text(3)});
    events.push_back({row.time(0), row.text(1)});
  }
  return events;
}

Totals Queue::totals() const {
  const Transaction moment(*database_, Transaction::Kind::read);
  Totals totals;
  database_->tallies().write(*database_);
  Statement row = database_->query(
      "SELECT messages, bytes, queued, in_transfer, held, acknowledged, delivered, returned, deleted, "
      "quarantined FROM counter");
  if (row.step()) {
    totals.messages = static_cast<std::uint64_t>(row.integer(0));
    totals.bytes = static_cast<std::uint64_t>(row.integer(1));
    constexpr int first = 2;
    for (int state = 0; state <= static_cast<int>(State::quarantined); ++state) {
      const auto count = static_cast<std::uint64_t>(row.integer(first + state));
      if (count > 0) totals.recipients[static_cast<State>(state)] = count;
    }
  }
  Statement partials = database_->query("SELECT count(*), sum(size) FROM content WHERE complete = 0");
  if (partials.step()) {
    totals.partials = static_cast<std::uint64_t>(partials.integer(0));
    totals.partial_bytes = static_cast<std::uint64_t>(partials.integer(1));
  }
  return totals;
}

void Queue::prune(Time now) {
  constexpr std::chrono::hours least_seen{24 * 30};
  forget_seen(*database_, now - std::max(options_.keep_seen, least_seen));
  forget(*database_,
         "DELETE FROM history WHERE id IN (SELECT id FROM history ORDER BY id LIMIT 1000) AND time < ?",
         now - options_.keep_history);
  const auto oldest = std::chrono::floor<std::chrono::days>(now - options_.keep_history);
  database_->run("DELETE FROM line_time WHERE day < ?", oldest.time_since_epoch().count());
  sweep_files(*database_);
  give_space_back(*database_);
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
  if (database_
          ->query("SELECT 1 FROM content WHERE complete = 1 AND NOT EXISTS (SELECT 1 FROM message "
                  "WHERE content = content.id)")
          .step()) {
    damaged("content without a message");
  }
  if (database_
          ->query("SELECT 1 FROM message m WHERE NOT EXISTS "
                  "(SELECT 1 FROM recipient WHERE id BETWEEN m.id << 20 AND (m.id + 1 << 20) - 1 "
                  "AND state IN (0, 1, 2, 7))")
          .step()) {
    damaged("a message without open recipients");
  }
  if (database_
          ->query("SELECT 1 FROM recipient r WHERE NOT EXISTS (SELECT 1 FROM message WHERE id = r.id >> 20)")
          .step()) {
    damaged("a recipient without a message");
  }
  constexpr std::string_view miscounted =
      "WITH counted AS (SELECT destination, count(*), sum(size) FROM (SELECT DISTINCT r.destination, m.id, "
      "m.size "
      "FROM recipient r JOIN message m ON m.id = r.id >> 20 WHERE r.state = 0) GROUP BY destination) "
      "SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM waiting) "
      "UNION ALL SELECT * FROM (SELECT * FROM waiting EXCEPT SELECT * FROM counted)";
  if (database_->query(miscounted).step()) damaged("the counts of waiting mail are wrong");
  constexpr std::string_view counter =
      "SELECT 1 FROM counter WHERE messages <> (SELECT count(*) FROM message) OR "
      "bytes <> (SELECT coalesce(sum(size), 0) FROM message) OR "
      "queued <> (SELECT count(*) FROM recipient WHERE state = 0) OR "
      "in_transfer <> (SELECT count(*) FROM recipient WHERE state = 1) OR "
      "held <> (SELECT count(*) FROM recipient WHERE state = 2) OR "
      "acknowledged + delivered + returned + deleted <> (SELECT count(*) FROM recipient WHERE state BETWEEN "
      "3 AND 6) OR "
      "quarantined <> (SELECT count(*) FROM recipient WHERE state = 7)";
  if (database_->query(counter).step()) damaged("the totals are wrong");
  Statement messages = database_->query("SELECT id FROM message");
  while (messages.step()) {
    try {
      verify(messages.integer(0));
    } catch (const DamagedMessage& damage) {
      damaged(damage.what());
    }
  }
}

}  // namespace mailqueue
