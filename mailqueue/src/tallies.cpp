#include "tallies.h"

#include "database.h"

namespace mailqueue {

MessageId Tallies::next_message(Database& database) {
  if (!last_message_) last_message_ = database.number("SELECT last_message FROM counter");
  counter_changed_ = true;
  return ++*last_message_;
}

void Tallies::add_messages(std::int64_t messages, std::int64_t bytes) {
  messages_ += messages;
  bytes_ += bytes;
  counter_changed_ = true;
}

void Tallies::add_recipients(State state, std::int64_t recipients) {
  recipients_.at(static_cast<std::size_t>(state)) += recipients;
  counter_changed_ = true;
}

void Tallies::add_waiting(std::string_view destination, std::int64_t messages, std::int64_t bytes) {
  Waiting& waiting = waiting_[std::string(destination)];
  waiting.messages += messages;
  waiting.bytes += bytes;
}

void Tallies::add_traffic(std::string_view post_office, int month, const TrafficChange& change) {
  TrafficChange& sum = traffic_[{std::string(post_office), month}];
  sum.sent += change.sent;
  sum.sent_bytes += change.sent_bytes;
  sum.received += change.received;
  sum.received_bytes += change.received_bytes;
}

void Tallies::write(Database& database) {
  if (counter_changed_) write_counter(database);
  for (const auto& [destination, change] : waiting_) {
    if (change.messages == 0 && change.bytes == 0) continue;
    database.run(
        "INSERT INTO waiting (destination, messages, bytes) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
        "messages = messages + excluded.messages, bytes = bytes + excluded.bytes",
        destination, change.messages, change.bytes);
    if (change.messages < 0)
      database.run("DELETE FROM waiting WHERE destination = ? AND messages = 0", destination);
  }
  waiting_.clear();
  for (const auto& [where, change] : traffic_)
    mailqueue::add_traffic(database, where.first, where.second, change);
  traffic_.clear();
}

void Tallies::write_counter(Database& database) {
  const auto& [queued, in_transfer, held, acknowledged, delivered, returned, deleted, quarantined] =
      recipients_;
  database.run(
      "UPDATE counter SET last_message = coalesce(?, last_message), messages = messages + ?, bytes = bytes + "
      "?, queued = queued + ?, in_transfer = in_transfer + ?, held = held + ?, acknowledged = acknowledged + "
      "?, delivered = delivered + ?, returned = returned + ?, deleted = deleted + ?, quarantined = "
      "quarantined + ?",
      last_message_, messages_, bytes_, queued, in_transfer, held, acknowledged, delivered, returned, deleted,
      quarantined);
  messages_ = bytes_ = 0;
  recipients_ = {};
  counter_changed_ = false;
}

void Tallies::clear() {
  *this = Tallies();
}

}  // namespace mailqueue
