#include "database.h"

#include <mailqueue/queue.h>

namespace mailqueue {

namespace {

CallRecord read_record(const Statement& row) {
  CallRecord record;
  record.post_office = row.text(0);
  record.failures = static_cast<int>(row.integer(1));
  record.repeats = static_cast<int>(row.integer(2));
  record.cause = row.text(3);
  record.error = row.text(4);
  record.failed = row.time(5);
  record.until = row.time(6);
  record.undialable = row.integer(7) != 0;
  return record;
}

}  // namespace

void Queue::keep_call(const CallRecord& record) {
  if (record.post_office.empty()) throw Error(ErrorKind::misuse, "a call record needs a post office");
  Transaction transaction(*database_);
  database_->run("INSERT OR REPLACE INTO call_record VALUES (?, ?, ?, ?, ?, ?, ?, ?)", record.post_office,
                 record.failures, record.repeats, record.cause, record.error, record.failed, record.until,
                 record.undialable);
  transaction.commit();
}

std::optional<CallRecord> Queue::call_record(std::string_view post_office) const {
  Statement row = database_->query(
      "SELECT post_office, failures, repeats, cause, error, failed, until, undialable FROM call_record "
      "WHERE post_office = ?",
      post_office);
  if (!row.step()) return std::nullopt;
  return read_record(row);
}

std::vector<CallRecord> Queue::call_records() const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::vector<CallRecord> all;
  Statement row = database_->query(
      "SELECT post_office, failures, repeats, cause, error, failed, until, undialable FROM call_record "
      "ORDER BY post_office");
  while (row.step()) all.push_back(read_record(row));
  return all;
}

bool Queue::forget_call(std::string_view post_office) {
  // Nearly always there is none, and then nobody else has to wait for the write lock.
  if (!call_record(post_office)) return false;
  Transaction transaction(*database_);
  const bool found = database_->run("DELETE FROM call_record WHERE post_office = ?", post_office) > 0;
  transaction.commit();
  return found;
}

std::size_t Queue::retry_all(const std::vector<std::string>& destinations, Time now) {
  std::size_t changed = 0;
  Transaction transaction(*database_);
  for (const std::string& destination : destinations) {
    changed += database_->run(
        "UPDATE recipient SET next_attempt = ?2 WHERE state = 0 AND destination = ?1 AND next_attempt > ?2",
        destination, now);
  }
  transaction.commit();
  return changed;
}

}  // namespace mailqueue
