#include "recipients.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace mailqueue {

std::vector<std::vector<RecipientId>> by_message(std::span<const RecipientId> recipients) {
  std::vector<RecipientId> sorted(recipients.begin(), recipients.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::vector<RecipientId>> groups;
  for (const RecipientId id : sorted) {
    if (groups.empty() || message_of(groups.back().back()) != message_of(id)) groups.emplace_back();
    groups.back().push_back(id);
  }
  return groups;
}

Recipients::Recipients(Database& database, MessageId message) : database_(database) {
  Statement row = database.query(
      "SELECT id, state, tried, attempts, address, destination FROM recipient WHERE id BETWEEN ? AND ? "
      "ORDER BY id",
      first_recipient(message), last_recipient(message));
  while (row.step()) {
    const auto state = static_cast<State>(row.integer(1));
    all_.push_back({row.integer(0),
                    state,
                    state,
                    row.integer(2) != 0,
                    static_cast<int>(row.integer(3)),
                    row.text(4),
                    row.text(5),
                    {}});
  }
}

Recipients::One* Recipients::find(RecipientId id) {
  const auto place = std::lower_bound(all_.begin(), all_.end(), id,
                                      [](const One& one, RecipientId wanted) { return one.id < wanted; });
  return place == all_.end() || place->id != id ? nullptr : &*place;
}

std::vector<std::string> Recipients::addresses() const {
  std::vector<std::string> addresses;
  std::transform(all_.begin(), all_.end(), std::back_inserter(addresses),
                 [](const One& one) { return one.address; });
  return addresses;
}

bool Recipients::any_open() const {
  return std::any_of(all_.begin(), all_.end(), [](const One& one) { return is_open(one.state); });
}

void Recipients::tally(std::uint64_t size) {
  struct Queued {
    bool before = false;
    bool now = false;
  };
  std::map<std::string_view, Queued> destinations;
  for (const One& one : all_) {
    Queued& before = destinations[one.moved_from.empty() ? one.destination : one.moved_from];
    before.before = before.before || one.before == State::queued;
    Queued& now = destinations[one.destination];
    now.now = now.now || one.state == State::queued;
    if (one.before == one.state) continue;
    database_.tallies().add_recipients(one.before, -1);
    database_.tallies().add_recipients(one.state, 1);
  }
  const auto bytes = static_cast<std::int64_t>(size);
  for (const auto& [destination, queued] : destinations) {
    if (queued.before == queued.now) continue;
    database_.tallies().add_waiting(destination, queued.now ? 1 : -1, queued.now ? bytes : -bytes);
  }
}

}  // namespace mailqueue
