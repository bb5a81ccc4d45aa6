// How long the line was used for each destination.

#include "database.h"

#include <mailqueue/queue.h>

namespace mailqueue {

void Queue::add_line_time(std::string_view destination, Day day, std::chrono::milliseconds more) {
  Transaction transaction(*database_);
  database_->run(
      "INSERT INTO line_time VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
      "milliseconds = milliseconds + excluded.milliseconds",
      destination, day, more.count());
  transaction.commit();
}

std::vector<LineTime> Queue::line_time(Day first) const {
  std::vector<LineTime> all;
  Statement row = database_->query(
      "SELECT destination, day, milliseconds FROM line_time WHERE day >= ? ORDER BY destination, day", first);
  while (row.step()) all.push_back({row.text(0), row.integer(1), std::chrono::milliseconds(row.integer(2))});
  return all;
}

bool Queue::has_mail_from_here(std::string_view destination) const {
  return database_
      ->query(
          "SELECT 1 FROM recipient JOIN message ON message.id = recipient.id >> 20 "
          "WHERE destination = ? AND state = 0 AND hops = '' LIMIT 1",
          destination)
      .step();
}

}  // namespace mailqueue
