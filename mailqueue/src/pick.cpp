// What is to be done: which messages, for whom, when.

#include "first_messages.h"
#include "holds.h"
#include "load.h"
#include "recipients.h"

#include <mailqueue/queue.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <set>

namespace mailqueue {

namespace {

constexpr std::array all_priorities{Priority::urgent, Priority::normal, Priority::low};

/// How many rows a walk looks at beyond those that are wanted.
constexpr std::size_t patience = 100;

/// Those due for one destination, oldest first, unless they stand behind too much that is not due.
void walk_in_order(Database& database, std::string_view destination, Priority priority, Time now,
                   std::size_t limit, FirstMessages& due) {
  std::size_t left = limit + patience;
  RecipientId after = 0;
  for (bool skipped = true; skipped;) {
    skipped = false;
    Statement row = database.query(
        "SELECT id, next_attempt FROM recipient INDEXED BY recipient_order "
        "WHERE state = 0 AND destination = ? AND priority = ? AND id > ? ORDER BY id",
        destination, priority, after);
    MessageId last = 0;
    while (row.step()) {
      const MessageId message = message_of(row.integer(0));
      if (message == last) {
        // The rest of a long list of recipients, in one go.
        after = last_recipient(message);
        skipped = true;
        break;
      }
      if (left-- == 0) return;
      if (row.time(1) > now) continue;
      if (!due.add(message)) return;
      last = message;
    }
  }
}

/// Those due for one destination, from those that fell due first. Whether that was all.
bool walk_by_time(Database& database, std::string_view destination, Priority priority, Time now,
                  std::size_t limit, FirstMessages& due) {
  Statement row = database.query(
      "SELECT id FROM recipient INDEXED BY recipient_due WHERE state = 0 AND destination = ? "
      "AND priority = ? AND next_attempt <= ? ORDER BY next_attempt",
      destination, priority, now);
  std::size_t left = limit + patience;
  while (left > 0 && row.step()) {
    due.add(message_of(row.integer(0)));
    --left;
  }
  return left > 0;
}

/// Much that is due has its oldest near the begin, and little that is due is all found by its time. In
/// between the cost is bounded and the order is that of time.
void find_due(Database& database, std::string_view destination, Priority priority, Time now,
              std::size_t limit, FirstMessages& due) {
  if (walk_by_time(database, destination, priority, now, limit, due)) return;
  walk_in_order(database, destination, priority, now, limit, due);
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
  work.received = view->received;
  for (RecipientStatus& status : load_recipients(database, message)) {
    if (status.state != State::queued || !wanted(status)) continue;
    work.targets.push_back({status.id, status.attempts, std::move(status.error)});
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
  RecipientId first = std::numeric_limits<RecipientId>::max();
  for (const Priority priority : all_priorities) {
    Statement row = database.query(
        "SELECT id FROM recipient INDEXED BY recipient_order WHERE state = 0 AND destination = ? AND "
        "priority "
        "= ? ORDER BY id LIMIT 1",
        destination, priority);
    if (row.step()) first = std::min(first, row.integer(0));
  }
  Statement row = database.query("SELECT accepted FROM message WHERE id = ?", message_of(first));
  return row.step() ? row.time(0) : Time{};
}

Time next_attempt(Database& database, std::string_view destination) {
  std::optional<Time> first;
  for (const Priority priority : all_priorities) {
    Statement row = database.query(
        "SELECT next_attempt FROM recipient INDEXED BY recipient_due WHERE state = 0 AND destination = ? AND "
        "priority = ? ORDER BY next_attempt LIMIT 1",
        destination, priority);
    if (row.step()) first = std::min(first.value_or(Time::max()), row.time(0));
  }
  return first.value_or(Time{});
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

std::vector<Work> Queue::pick(const std::vector<std::string>& destinations, Priority priority, Time now,
                              std::size_t limit) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::set<std::string_view> wanted(destinations.begin(), destinations.end());
  const auto held = held_names(*database_, Held::destination);
  for (const auto& name : held) wanted.erase(name);
  FirstMessages due(limit);
  for (const std::string_view destination : wanted)
    find_due(*database_, destination, priority, now, limit, due);
  std::vector<Work> all;
  for (const MessageId message : due.all()) {
    all.push_back(load_work(*database_, message, [&](const RecipientStatus& status) {
      return wanted.contains(status.recipient.destination) && status.next_attempt <= now;
    }));
  }
  return all;
}

std::vector<Work> Queue::pick(const std::vector<std::string>& destinations, Time now,
                              std::size_t limit) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::vector<Work> all;
  for (const Priority priority : all_priorities) {
    std::vector<Work> some = pick(destinations, priority, now, limit - all.size());
    std::move(some.begin(), some.end(), std::back_inserter(all));
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
  for (const Priority priority : all_priorities) {
    Statement last = database_->query(
        "SELECT error FROM (SELECT error FROM recipient INDEXED BY recipient_due WHERE state = 0 AND "
        "destination = ? AND priority = ? ORDER BY next_attempt DESC LIMIT 20) WHERE error <> '' LIMIT 1",
        destination, priority);
    if (last.step()) return last.text(0);
  }
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

std::vector<Work> Queue::delayed(Priority priority, int warned, Time received, std::size_t limit) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  return load_all(
      *database_,
      database_->query("SELECT id FROM message INDEXED BY message_warned WHERE priority = ? AND warned = ? "
                       "AND received <= ? "
                       "AND EXISTS (SELECT 1 FROM recipient WHERE id BETWEEN message.id << 20 AND "
                       "(message.id + 1 << 20) - 1 AND state = 0) "
                       "AND NOT EXISTS (SELECT 1 FROM recipient WHERE id BETWEEN message.id << 20 AND "
                       "(message.id + 1 << 20) - 1 AND state = 1) ORDER BY received, id LIMIT ?",
                       priority, warned, received, limit),
      [](const RecipientStatus&) { return true; });
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

std::vector<Work> Queue::larger_than(std::string_view destination, std::uint64_t bytes, MessageId after,
                                     std::size_t limit) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  return load_all(
      *database_,
      database_->query("SELECT id FROM message WHERE id > ?1 AND size > ?2 AND sender <> '' AND EXISTS "
                       "(SELECT 1 FROM recipient WHERE id BETWEEN message.id << 20 AND "
                       "(message.id + 1 << 20) - 1 AND state = 0 AND destination = ?3) ORDER BY id LIMIT ?4",
                       after, bytes, destination, limit),
      [&](const RecipientStatus& status) { return status.recipient.destination == destination; });
}

MessageId Queue::last_message() const {
  return database_->number("SELECT last_message FROM counter");
}

Backlog Queue::backlog(const std::vector<std::string>& destinations) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  database_->tallies().write(*database_);
  Backlog sum;
  for (const std::string& destination : destinations) {
    Statement row =
        database_->query("SELECT messages, bytes FROM waiting WHERE destination = ?", destination);
    if (!row.step()) continue;
    sum.messages += static_cast<std::uint64_t>(row.integer(0));
    sum.bytes += static_cast<std::uint64_t>(row.integer(1));
  }
  return sum;
}

}  // namespace mailqueue
