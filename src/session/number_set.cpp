#include <external/session/number_set.h>

#include <algorithm>
#include <iterator>

namespace external::session {

void NumberSet::add(std::uint64_t first, std::uint64_t last) {
  last = std::min(last, limit - 1);
  if (first > last) return;
  auto next = runs_.upper_bound(first);
  if (next != runs_.begin()) {
    const auto before = std::prev(next);
    if (before->second + 1 >= first) {
      first = before->first;
      last = std::max(last, before->second);
      next = runs_.erase(before);
    }
  }
  while (next != runs_.end() && next->first <= last + 1) {
    last = std::max(last, next->second);
    next = runs_.erase(next);
  }
  runs_.emplace(first, last);
}

bool NumberSet::contains(std::uint64_t number) const {
  const auto next = runs_.upper_bound(number);
  return next != runs_.begin() && std::prev(next)->second >= number;
}

std::uint64_t NumberSet::size() const {
  std::uint64_t size = 0;
  for (const auto& [first, last] : runs_) size += last - first + 1;
  return size;
}

}  // namespace external::session
