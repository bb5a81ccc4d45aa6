#include "traffic.h"

#include "database.h"

#include <mailqueue/queue.h>

#include <ctime>

namespace mailqueue {

int month_of(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return (local.tm_year + 1900) * 100 + local.tm_mon + 1;
}

void add_traffic(Database& database, std::string_view post_office, int month, const TrafficChange& change) {
  database.run(
      "INSERT INTO traffic (post_office, month, sent, sent_bytes, received, received_bytes) "
      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET sent = sent + excluded.sent, "
      "sent_bytes = sent_bytes + excluded.sent_bytes, received = received + excluded.received, "
      "received_bytes = received_bytes + excluded.received_bytes",
      post_office, month, change.sent, change.sent_bytes, change.received, change.received_bytes);
}

void Queue::count_received(std::string_view post_office, std::uint64_t bytes, Time now) {
  Transaction transaction(*database_);
  TrafficChange change;
  change.received = 1;
  change.received_bytes = static_cast<std::int64_t>(bytes);
  database_->tallies().add_traffic(post_office, month_of(now), change);
  transaction.commit();
}

std::vector<Traffic> Queue::traffic() const {
  const Transaction moment(*database_, Transaction::Kind::read);
  database_->tallies().write(*database_);
  std::vector<Traffic> all;
  Statement row = database_->query(
      "SELECT post_office, month, sent, sent_bytes, received, received_bytes FROM traffic "
      "ORDER BY post_office, month");
  const auto number = [&row](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
  while (row.step()) {
    all.push_back({row.text(0), static_cast<int>(row.integer(1) / 100),
                   static_cast<unsigned>(row.integer(1) % 100), number(2), number(3), number(4), number(5)});
  }
  return all;
}

}  // namespace mailqueue
