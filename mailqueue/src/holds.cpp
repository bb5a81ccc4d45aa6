#include "holds.h"

#include <mailqueue/queue.h>

namespace mailqueue {

std::set<std::string, std::less<>> held_names(Database& database, Held kind) {
  std::set<std::string, std::less<>> names;
  Statement row = database.query("SELECT name FROM held WHERE kind = ?", static_cast<int>(kind));
  while (row.step()) names.insert(row.text(0));
  return names;
}

bool Queue::hold(Held kind, std::string_view name, Time now) {
  Transaction transaction(*database_);
  const std::size_t added = database_->run("INSERT OR IGNORE INTO held (kind, name, since) VALUES (?, ?, ?)",
                                           static_cast<int>(kind), name, now);
  transaction.commit();
  return added == 1;
}

bool Queue::release(Held kind, std::string_view name) {
  Transaction transaction(*database_);
  const std::size_t removed =
      database_->run("DELETE FROM held WHERE kind = ? AND name = ?", static_cast<int>(kind), name);
  transaction.commit();
  return removed == 1;
}

std::vector<HeldName> Queue::held(Held kind) const {
  const Transaction moment(*database_, Transaction::Kind::read);
  std::vector<HeldName> all;
  Statement row =
      database_->query("SELECT name, since FROM held WHERE kind = ? ORDER BY name", static_cast<int>(kind));
  while (row.step()) all.push_back({row.text(0), row.time(1)});
  return all;
}

}  // namespace mailqueue
