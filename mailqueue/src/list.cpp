// The messages that are here, page by page.
//
// Each way to filter is a walk along an index, or several of them, from the page's start to its end.

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

}  // namespace

std::vector<MessageView> Queue::list(const Filter& filter) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  FirstMessages page(filter.limit);
  const RecipientId after = last_recipient(filter.after);
  if (filter.state) {
    collect_state(*database_, *filter.state, filter.destination, after, page);
  } else if (filter.destination) {
    for (int state = 0; state <= static_cast<int>(State::deleted); ++state)
      collect_state(*database_, static_cast<State>(state), filter.destination, after, page);
  } else {
    collect_all(*database_, filter.after, page);
  }
  std::vector<MessageView> all;
  for (const MessageId message : page.all()) {
    if (std::optional<MessageView> view = load_view(*database_, message)) all.push_back(std::move(*view));
  }
  return all;
}

}  // namespace mailqueue
