#pragma once
// Counting the mail that is exchanged with each post office.

#include <mailqueue/envelope.h>

namespace mailqueue {

class Database;

/// Year * 100 + month of local time.
int month_of(Time time);

/// More mail sent to, or received from, a post office. All zero: nothing.
struct TrafficChange {
  std::int64_t sent = 0;
  std::int64_t sent_bytes = 0;
  std::int64_t received = 0;
  std::int64_t received_bytes = 0;
};

/// Adds to what is counted for that month, in the transaction that is open.
void add_traffic(Database& database, std::string_view post_office, int month, const TrafficChange& change);

}  // namespace mailqueue
