// How recipients change their state while mail is moved.

#include "finish.h"
#include "history.h"
#include "holds.h"

#include <mailqueue/queue.h>

#include <utility>

namespace mailqueue {

namespace {

/// Of a message that may be damaged: that must not keep the others from being queued.
std::uint64_t size_of(const Queue& queue, MessageId message) {
  try {
    return queue.size(message);
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace

bool Queue::start_transfer(Work& work) {
  Work started = work;
  started.targets.clear();
  started.envelope.recipients.clear();
  Transaction transaction(*database_);
  const auto held = held_names(*database_, Held::destination);
  Recipients recipients(*database_, work.message);
  for (std::size_t i = 0; i < work.targets.size(); ++i) {
    Recipients::One* const one = recipients.find(work.targets[i].id);
    if (one == nullptr || one->state != State::queued || held.contains(one->destination)) continue;
    one->state = State::in_transfer;
    database_->run("UPDATE recipient SET state = 1, tried = 1 WHERE id = ?", one->id);
    started.tried = started.tried || one->tried;
    started.targets.push_back(work.targets[i]);
    started.envelope.recipients.push_back(work.envelope.recipients[i]);
  }
  recipients.tally(work.size);
  transaction.commit();
  work = std::move(started);
  return !work.targets.empty();
}

void Queue::put_back(const Work& work) {
  Transaction transaction(*database_);
  Recipients recipients(*database_, work.message);
  for (const Work::Target& target : work.targets) {
    Recipients::One* const one = recipients.find(target.id);
    if (one == nullptr || (one->state != State::in_transfer && one->state != State::held)) continue;
    if (one->state == State::in_transfer) one->state = State::queued;
    database_->run("UPDATE recipient SET state = ?, tried = ? WHERE id = ?", one->state, work.tried, one->id);
  }
  recipients.tally(work.size);
  transaction.commit();
}

std::vector<RecipientId> Queue::wanted(std::span<const RecipientId> recipients, Time now) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::vector<RecipientId> wanted;
  for (const RecipientId id : recipients) {
    if (database_->number(
            "SELECT EXISTS (SELECT 1 FROM recipient r JOIN message m ON m.id = r.id >> 20 WHERE "
            "r.id = ? AND r.state = 1 AND m.expires > ? AND NOT EXISTS (SELECT 1 FROM held WHERE kind = 0 "
            "AND "
            "name = r.destination))",
            id, now) != 0) {
      wanted.push_back(id);
    }
  }
  return wanted;
}

std::vector<RecipientId> Queue::acknowledge(std::span<const RecipientId> recipients,
                                            std::string_view next_post_office, Time now) {
  Transaction transaction(*database_);
  Finished finished = finish(*database_, recipients, State::acknowledged,
                             "acknowledged by " + std::string(next_post_office), now);
  TrafficChange change;
  change.sent = static_cast<std::int64_t>(finished.messages);
  change.sent_bytes = static_cast<std::int64_t>(finished.bytes);
  if (change.sent > 0) database_->tallies().add_traffic(next_post_office, month_of(now), change);
  transaction.commit();
  return std::move(finished.recipients);
}

std::vector<RecipientId> Queue::delivered(std::span<const RecipientId> recipients, Time now) {
  Transaction transaction(*database_);
  std::vector<RecipientId> done =
      finish(*database_, recipients, State::delivered, "delivered", now).recipients;
  transaction.commit();
  return done;
}

void Queue::expanded(std::span<const RecipientId> recipients, Time now) {
  Transaction transaction(*database_);
  finish(*database_, recipients, State::delivered, "expanded", now);
  transaction.commit();
}

std::vector<Tried> Queue::fail(std::span<const RecipientId> recipients, std::string_view error,
                               Time next_attempt, bool counts, Time now) {
  std::vector<Tried> tried;
  Transaction transaction(*database_);
  for (const std::vector<RecipientId>& group : by_message(recipients)) {
    const MessageId message = message_of(group.front());
    Recipients all(*database_, message);
    std::vector<std::string> failed;
    for (const RecipientId id : group) {
      Recipients::One* const one = all.find(id);
      if (one == nullptr || (one->state != State::queued && one->state != State::in_transfer)) continue;
      one->state = State::queued;
      one->attempts += counts ? 1 : 0;
      database_->run("UPDATE recipient SET state = 0, attempts = ?, next_attempt = ?, error = ? WHERE id = ?",
                     one->attempts, next_attempt, error, id);
      failed.push_back(one->address);
      tried.push_back({id, one->attempts});
    }
    if (failed.empty()) continue;
    all.tally(size(message));
    note(*database_, message, now, "not sent, " + std::string(error) + ": " + some_of(failed));
  }
  transaction.commit();
  return tried;
}

std::size_t Queue::fail_due(const std::vector<std::string>& destinations, std::string_view error,
                            Time next_attempt, bool counts, Time now) {
  std::size_t failed = 0;
  Transaction transaction(*database_);
  const auto held = held_names(*database_, Held::destination);
  for (const std::string& destination : destinations) {
    if (held.contains(destination)) continue;
    // A long wait with the same trouble again and again must not fill the history.
    database_->run(
        "INSERT INTO history (message, time, text) SELECT DISTINCT id >> 20, ?2, 'not sent, ' || ?3 FROM "
        "recipient "
        "WHERE state = 0 AND destination = ?1 AND next_attempt <= ?2 AND (?4 OR error <> ?3)",
        destination, now, error, counts);
    failed += database_->run(
        "UPDATE recipient SET attempts = attempts + ?4, next_attempt = ?5, error = ?3 "
        "WHERE state = 0 AND destination = ?1 AND next_attempt <= ?2",
        destination, now, error, counts, next_attempt);
  }
  transaction.commit();
  return failed;
}

std::size_t Queue::redirect(std::span<const RecipientId> recipients, std::string_view destination) {
  std::size_t redirected = 0;
  Transaction transaction(*database_);
  for (const std::vector<RecipientId>& group : by_message(recipients)) {
    const MessageId message = message_of(group.front());
    Recipients all(*database_, message);
    std::size_t moved = 0;
    for (const RecipientId id : group) {
      Recipients::One* const one = all.find(id);
      const bool waits = one != nullptr && is_open(one->state) && one->state != State::in_transfer;
      if (!waits || one->destination == destination) continue;
      one->moved_from = std::exchange(one->destination, destination);
      database_->run("UPDATE recipient SET destination = ? WHERE id = ?", destination, id);
      ++moved;
    }
    if (moved > 0) all.tally(size_of(*this, message));
    redirected += moved;
  }
  transaction.commit();
  return redirected;
}

std::size_t Queue::recover(Time now) {
  Transaction transaction(*database_);
  std::vector<RecipientId> moving;
  {
    Statement row = database_->query(
        "SELECT id FROM recipient INDEXED BY recipient_moved WHERE state <> 0 AND state = 1");
    while (row.step()) moving.push_back(row.integer(0));
  }
  for (const std::vector<RecipientId>& group : by_message(moving)) {
    const MessageId message = message_of(group.front());
    Recipients all(*database_, message);
    for (const RecipientId id : group) all.find(id)->state = State::queued;
    all.tally(size_of(*this, message));
    note(*database_, message, now, "queued again, the transfer was cut short");
  }
  const std::size_t recovered = database_->run("UPDATE recipient SET state = 0 WHERE state = 1");
  transaction.commit();
  return recovered;
}

}  // namespace mailqueue
