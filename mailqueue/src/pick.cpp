// What is to be done: which messages, for whom, when.

#include "holds.h"
#include "load.h"
#include "recipients.h"

#include <mailqueue/queue.h>

#include <algorithm>
#include <functional>
#include <set>

namespace mailqueue {

namespace {

using Place = std::pair<std::int64_t, MessageId>;  // priority and order of acceptance

/// The first `limit` messages due for one destination.
void find_due(Database& database, std::string_view destination, Time now, std::size_t limit,
              std::set<Place>& places) {
  // The order index would be searched to its end if nothing is due.
  if (database.number(
          "SELECT EXISTS (SELECT 1 FROM recipient WHERE state = 0 AND destination = ? AND next_attempt <= ?)",
          destination, now) == 0) {
    return;
  }
  Statement row = database.query(
      "SELECT priority, id FROM recipient INDEXED BY recipient_order "
      "WHERE state = 0 AND destination = ? AND next_attempt <= ? ORDER BY priority, id",
      destination, now);
  std::size_t found = 0;
  MessageId last = 0;
  while (found < limit && row.step()) {
    const MessageId message = message_of(row.integer(1));
    if (message == last) continue;
    last = message;
    places.emplace(row.integer(0), message);
    ++found;
  }
}

Work load_work(Database& database, MessageId message,
               const std::function<bool(const RecipientStatus&)>& wanted) {
  std::optional<MessageView> view = load_message(database, message);
  if (!view) throw DamagedMessage(message, "its envelope is missing");
  Work work;
  work.message = message;
  work.envelope = std::move(view->envelope);
  work.size = view->size;
  work.digest = view->digest;
  for (RecipientStatus& status : load_recipients(database, message)) {
    if (status.state != State::queued || !wanted(status)) continue;
    work.targets.push_back({status.id, status.attempts});
    work.tried = work.tried || status.tried;
    work.envelope.recipients.push_back(std::move(status.recipient));
  }
  return work;
}

std::vector<Work> load_all(Database& database, Statement messages,
                           const std::function<bool(const RecipientStatus&)>& wanted) {
  std::vector<Work> all;
  while (messages.step()) all.push_back(load_work(database, messages.integer(0), wanted));
  return all;
}

/// When the message came that waits longest for `destination`.
Time oldest(Database& database, std::string_view destination) {
  const RecipientId first = database.number(
      "SELECT min(first) FROM (SELECT (SELECT min(id) FROM recipient INDEXED BY recipient_order "
      "WHERE state = 0 AND destination = ?1 AND priority = level) AS first "
      "FROM (SELECT 0 AS level UNION ALL SELECT 1 UNION ALL SELECT 2))",
      destination);
  Statement row = database.query("SELECT accepted FROM message WHERE id = ?", message_of(first));
  return row.step() ? row.time(0) : Time{};
}

Time next_attempt(Database& database, std::string_view destination) {
  Statement row = database.query(
      "SELECT min(next_attempt) FROM recipient WHERE state = 0 AND destination = ?", destination);
  return row.step() ? row.time(0) : Time{};
}

bool has_urgent(Database& database, std::string_view destination) {
  return database.number(
             "SELECT EXISTS (SELECT 1 FROM recipient INDEXED BY recipient_order "
             "WHERE state = 0 AND destination = ? AND priority = 0)",
             destination) != 0;
}

std::vector<Waiting> all_waiting(Database& database) {
  const Transaction moment(database, Transaction::Kind::read);
  database.tallies().write(database);
  const auto held = held_names(database, Held::destination);
  std::vector<Waiting> all;
  Statement row = database.query("SELECT destination, messages, bytes FROM waiting ORDER BY destination");
  while (row.step()) {
    Waiting one;
    one.destination = row.text(0);
    one.held = held.contains(one.destination);
    one.next_attempt = next_attempt(database, one.destination);
    one.messages = static_cast<std::uint64_t>(row.integer(1));
    one.bytes = static_cast<std::uint64_t>(row.integer(2));
    one.oldest = oldest(database, one.destination);
    one.urgent = has_urgent(database, one.destination);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::vector<RecipientId> Work::ids() const {
  std::vector<RecipientId> all;
  std::transform(targets.begin(), targets.end(), std::back_inserter(all),
                 [](const Target& target) { return target.id; });
  return all;
}

std::vector<Work> Queue::pick(const std::vector<std::string>& destinations, Time now,
                              std::size_t limit) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::set<std::string_view> wanted(destinations.begin(), destinations.end());
  const auto held = held_names(*database_, Held::destination);
  std::set<Place> places;
  for (const auto& name : held) wanted.erase(name);
  for (const std::string_view destination : wanted) find_due(*database_, destination, now, limit, places);
  std::vector<Work> all;
  for (const auto& [priority, message] : places) {
    if (all.size() == limit) break;
    all.push_back(load_work(*database_, message, [&](const RecipientStatus& status) {
      return wanted.contains(status.recipient.destination) && status.next_attempt <= now;
    }));
  }
  return all;
}

std::vector<Waiting> Queue::due(Time now) const {
  std::vector<Waiting> all = all_waiting(*database_);
  std::erase_if(all, [now](const Waiting& one) { return one.held || one.next_attempt > now; });
  return all;
}

std::vector<Waiting> Queue::waiting() const {
  return all_waiting(*database_);
}

std::string Queue::last_error(std::string_view destination) const {
  // What failed last waits longest, unless new mail came since its time to be tried again; then it is among
  // the oldest.
  Statement last = database_->query(
      "SELECT error FROM (SELECT error FROM recipient INDEXED BY recipient_due WHERE state = 0 AND "
      "destination = ?1 ORDER BY next_attempt DESC LIMIT 20) WHERE error <> '' LIMIT 1",
      destination);
  if (last.step()) return last.text(0);
  Statement first = database_->query(
      "SELECT error FROM (SELECT error FROM recipient INDEXED BY recipient_order WHERE state = 0 AND "
      "destination = ?1 ORDER BY priority, id LIMIT 20) WHERE error <> '' LIMIT 1",
      destination);
  return first.step() ? first.text(0) : std::string();
}

std::optional<Time> Queue::next_due() const {
  std::optional<Time> first;
  for (const Waiting& one : waiting()) {
    if (!one.held) first = std::min(first.value_or(Time::max()), one.next_attempt);
  }
  return first;
}

std::vector<Work> Queue::overdue(Time now, std::size_t limit) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  const auto held = held_names(*database_, Held::destination);
  return load_all(
      *database_,
      database_->query("SELECT id FROM message WHERE expires <= ? AND EXISTS (SELECT 1 FROM recipient "
                       "WHERE id BETWEEN message.id << 20 AND (message.id + 1 << 20) - 1 AND state = 0 AND "
                       "destination NOT IN (SELECT name FROM held WHERE kind = 0)) "
                       "ORDER BY expires, id LIMIT ?",
                       now, limit),
      [&](const RecipientStatus& status) { return !held.contains(status.recipient.destination); });
}

std::vector<Work> Queue::worn_out(std::string_view destination, int tries, std::size_t limit) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  if (held_names(*database_, Held::destination).contains(destination)) return {};
  return load_all(
      *database_,
      database_->query("SELECT DISTINCT id >> 20 FROM recipient INDEXED BY recipient_tried WHERE state = 0 "
                       "AND attempts > 0 AND destination = ? AND attempts >= ? LIMIT ?",
                       destination, tries, limit),
      [&](const RecipientStatus& status) {
        return status.recipient.destination == destination && status.attempts >= tries;
      });
}

}  // namespace mailqueue
