#pragma once
// Whose turn it is among the messages of one priority.

#include <external/base/asio.h>

#include <set>

namespace external::session {

/// Transfers with content to send. The one with the least left goes first, so that the small ones do not wait
/// for a large one; but every fourth segment is for the oldest, so that small ones without end do not hold up
/// a large one for ever.
class Turns {
 public:
  void add(std::uint64_t transfer, std::uint64_t left) {
    by_left_.emplace(left, transfer);
    by_age_.emplace(transfer, left);
  }

  void remove(std::uint64_t transfer) {
    const auto found = by_age_.find(transfer);
    if (found == by_age_.end()) return;
    by_left_.erase({found->second, transfer});
    by_age_.erase(found);
  }

  bool empty() const { return by_age_.empty(); }

  /// Who sends the next segment; there must be one.
  std::uint64_t next() {
    if (++segments_ % one_in == 0) return by_age_.begin()->first;
    return by_left_.begin()->second;
  }

 private:
  static constexpr std::uint64_t one_in = 4;

  std::set<std::pair<std::uint64_t, std::uint64_t>> by_left_;  ///< (bytes left, transfer)
  std::map<std::uint64_t, std::uint64_t> by_age_;              ///< transfer, bytes left
  std::uint64_t segments_ = 0;
};

}  // namespace external::session
