// The messages that are here, page by page.
//
// To filter by state and destination is a walk along an index, or several of them, from the page's start to
// its end. For other conditions all messages are looked at.

#include "first_messages.h"
#include "load.h"
#include "recipients.h"

#include <mailqueue/queue.h>

namespace mailqueue {

namespace {

/// The numbers of messages along `rows`, which have a recipient's number in their first column.
void collect(Statement rows, FirstMessages& page) {
  MessageId last = 0;
  while (rows.step()) {
    const MessageId message = message_of(rows.integer(0));
    if (message == last) continue;
    last = message;
    if (!page.add(message)) return;
  }
}

void collect_queued(Database& database, const std::string& destination, RecipientId after,
                    FirstMessages& page) {
  for (const Priority priority : {Priority::urgent, Priority::normal, Priority::low}) {
    collect(database.query("SELECT id FROM recipient INDEXED BY recipient_order WHERE state = 0 AND "
                           "destination = ? AND priority = ? AND id > ? ORDER BY id",
                           destination, priority, after),
            page);
  }
}

void collect_state(Database& database, State state, const std::optional<std::string>& destination,
                   RecipientId after, FirstMessages& page) {
  if (state == State::queued && destination) return collect_queued(database, *destination, after, page);
  if (state == State::queued) {
    return collect(
        database.query("SELECT id FROM recipient NOT INDEXED WHERE state = 0 AND id > ? ORDER BY id", after),
        page);
  }
  collect(
      database.query("SELECT id FROM recipient INDEXED BY recipient_moved WHERE state <> 0 AND state = ?1 "
                     "AND id > ?2 AND (?3 IS NULL OR destination = ?3) ORDER BY id",
                     state, after, destination),
      page);
}

void collect_all(Database& database, MessageId after, FirstMessages& page) {
  Statement rows = database.query("SELECT id FROM message WHERE id > ? ORDER BY id", after);
  while (rows.step() && page.add(rows.integer(0))) {
  }
}

/// Messages that meet conditions for which there is no index, in the order of their numbers.
Statement messages(Database& database, const Filter& filter) {
  return database.query(
      "SELECT m.id FROM message m WHERE m.id > ?1 AND (?2 IS NULL OR m.id <= ?2) "
      "AND (?3 IS NULL OR m.sender GLOB ?3) AND (?4 IS NULL OR m.accepted < ?4) "
      "AND EXISTS (SELECT 1 FROM recipient r WHERE r.id BETWEEN m.id << 20 AND (m.id + 1 << 20) - 1 "
      "AND (?5 IS NULL OR r.state = ?5) AND (?6 IS NULL OR r.destination = ?6) "
      "AND (?7 IS NULL OR r.address GLOB ?7)) ORDER BY m.id",
      filter.after, filter.until, filter.sender, filter.accepted_before, filter.state, filter.destination,
      filter.address);
}

/// The same, some of them several times, for those that are held or quarantined: an index knows these few,
/// and they are found even if nothing else of them is.
Statement messages_aside(Database& database, const Filter& filter) {
  const auto last = filter.until ? std::optional(last_recipient(*filter.until)) : std::nullopt;
  return database.query(
      "SELECT r.id >> 20 FROM recipient r INDEXED BY recipient_moved WHERE r.state <> 0 "
      "AND r.state = ?5 AND r.id > ?1 AND (?2 IS NULL OR r.id <= ?2) "
      "AND (?6 IS NULL OR r.destination = ?6) AND (?7 IS NULL OR r.address GLOB ?7) "
      "AND (?3 IS NULL AND ?4 IS NULL OR EXISTS (SELECT 1 FROM message m WHERE m.id = r.id >> 20 "
      "AND (?3 IS NULL OR m.sender GLOB ?3) AND (?4 IS NULL OR m.accepted < ?4))) ORDER BY r.id",
      last_recipient(filter.after), last, filter.sender, filter.accepted_before, filter.state,
      filter.destination, filter.address);
}

bool has_other_conditions(const Filter& filter) {
  return filter.address || filter.sender || filter.accepted_before || filter.until;
}

void collect_matching(Database& database, const Filter& filter, FirstMessages& page) {
  const bool is_aside = filter.state == State::held || filter.state == State::quarantined;
  Statement rows = is_aside ? messages_aside(database, filter) : messages(database, filter);
  MessageId last = 0;
  while (rows.step()) {
    const MessageId message = rows.integer(0);
    if (message == last) continue;
    last = message;
    if (!page.add(message)) return;
  }
}

}  // namespace

std::vector<MessageView> Queue::list(const Filter& filter) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  FirstMessages page(filter.limit);
  const RecipientId after = last_recipient(filter.after);
  if (has_other_conditions(filter)) {
    collect_matching(*database_, filter, page);
  } else if (filter.state) {
    collect_state(*database_, *filter.state, filter.destination, after, page);
  } else if (filter.destination) {
    for (int state = 0; state <= static_cast<int>(State::quarantined); ++state)
      collect_state(*database_, static_cast<State>(state), filter.destination, after, page);
  } else {
    collect_all(*database_, filter.after, page);
  }
  std::vector<MessageView> all;
  for (const MessageId message : page.all()) {
    all.push_back(load_as_far_as_possible(*database_, message));
  }
  return all;
}

}  // namespace mailqueue
