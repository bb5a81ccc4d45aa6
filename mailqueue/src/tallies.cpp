#include "tallies.h"

#include "database.h"

namespace mailqueue {

MessageId Tallies::next_message(Database& database) {
  if (!last_message_) last_message_ = database.number("SELECT last_message FROM counter");
  message_added_ = true;
  return ++*last_message_;
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
  if (message_added_) database.run("UPDATE counter SET last_message = ?", *last_message_);
  message_added_ = false;
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

void Tallies::clear() {
  last_message_.reset();
  message_added_ = false;
  waiting_.clear();
  traffic_.clear();
}

}  // namespace mailqueue
