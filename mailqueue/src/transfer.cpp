// How recipients change their state while mail is moved.

#include "accept.h"
#include "content_input.h"
#include "finish.h"
#include "history.h"

#include <mailqueue/queue.h>

#include <map>

namespace mailqueue {

bool Queue::start_transfer(Work& work) {
  Work started = work;
  started.targets.clear();
  started.envelope.recipients.clear();
  Transaction transaction(*database_);
  for (std::size_t i = 0; i < work.targets.size(); ++i) {
    if (database_->run("UPDATE recipient SET state = 1 WHERE id = ? AND state = 0", work.targets[i].id) == 0)
      continue;
    started.targets.push_back(work.targets[i]);
    started.envelope.recipients.push_back(work.envelope.recipients[i]);
  }
  transaction.commit();
  work = std::move(started);
  return !work.targets.empty();
}

void Queue::acknowledge(std::span<const RecipientId> recipients, std::string_view next_post_office,
                        Time now) {
  Transaction transaction(*database_);
  finish(*database_, recipients, State::acknowledged, "acknowledged by " + std::string(next_post_office),
         now);
  transaction.commit();
}

void Queue::delivered(std::span<const RecipientId> recipients, Time now) {
  Transaction transaction(*database_);
  finish(*database_, recipients, State::delivered, "delivered", now);
  transaction.commit();
}

std::vector<Tried> Queue::fail(std::span<const RecipientId> recipients, std::string_view error,
                               Time next_attempt, bool counts, Time now) {
  std::vector<Tried> tried;
  std::map<MessageId, std::vector<std::string>> addresses;
  Transaction transaction(*database_);
  for (const RecipientId id : recipients) {
    Statement row = database_->query(
        "UPDATE recipient SET state = 0, attempts = attempts + ?, next_attempt = ?, error = ? "
        "WHERE id = ? AND state IN (0, 1) RETURNING message, address, attempts",
        counts, next_attempt, error, id);
    if (!row.step()) continue;
    addresses[row.integer(0)].push_back(row.text(1));
    tried.push_back({id, static_cast<int>(row.integer(2))});
  }
  for (const auto& [message, failed] : addresses) {
    note(*database_, message, now, "not sent, " + std::string(error) + ": " + some_of(failed));
  }
  transaction.commit();
  return tried;
}

std::size_t Queue::fail_due(const std::vector<std::string>& destinations, std::string_view error,
                            Time next_attempt, bool counts, Time now) {
  std::size_t failed = 0;
  Transaction transaction(*database_);
  for (const std::string& destination : destinations) {
    // A long wait with the same trouble again and again must not fill the history.
    database_->run(
        "INSERT INTO history (message, time, text) SELECT DISTINCT message, ?2, 'not sent, ' || ?3 FROM "
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

std::size_t Queue::give_back(std::span<const RecipientId> recipients, std::string_view reason,
                             const Envelope& envelope, Writer& notice, Time now) {
  if (!envelope.sender.empty()) {
    throw Error(ErrorKind::misuse,
                "a notice with a sender could be answered by a notice; leave the sender empty");
  }
  if (&notice.input().database() != database_.get()) {
    throw Error(ErrorKind::misuse, "a notice must be written into the queue that gives back");
  }
  Transaction transaction(*database_);
  const std::optional<std::string> sender = common_sender(*database_, recipients);
  const std::size_t returned =
      finish(*database_, recipients, State::returned, "returned, " + std::string(reason), now);
  const bool wanted = returned > 0 && !sender.value_or("").empty();
  if (wanted) notice.input().settle(envelope, now);
  transaction.commit();
  if (wanted) {
    notice.input().close();
  } else {
    notice.discard();
  }
  return returned;
}

std::size_t Queue::give_back(std::span<const RecipientId> recipients, std::string_view reason,
                             const Envelope& envelope, std::string_view notice, Time now) {
  Writer writer = begin(now);
  writer.append(notice);
  return give_back(recipients, reason, envelope, writer, now);
}

std::size_t Queue::recover(Time now) {
  Transaction transaction(*database_);
  database_->run(
      "INSERT INTO history (message, time, text) "
      "SELECT DISTINCT message, ?, 'queued again, the transfer was cut short' FROM recipient WHERE state = 1",
      now);
  const std::size_t recovered = database_->run("UPDATE recipient SET state = 0 WHERE state = 1");
  transaction.commit();
  return recovered;
}

}  // namespace mailqueue
