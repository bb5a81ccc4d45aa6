#include <external/intake/guesses.h>

namespace external::intake {

bool Guesses::may(const std::string& address, TimePoint now) const {
  const auto found = guesses_.find(address);
  return found == guesses_.end() || found->second.wrong < most || now - found->second.last >= memory;
}

void Guesses::wrong(const std::string& address, TimePoint now) {
  forget_old(now);
  // More addresses than there are users guess: those who come last are slowed down by their pauses alone.
  if (guesses_.size() >= most_addresses && !guesses_.contains(address)) return;
  auto& count = guesses_[address];
  ++count.wrong;
  count.last = now;
}

void Guesses::forget_old(TimePoint now) {
  std::erase_if(guesses_, [&](const auto& one) { return now - one.second.last >= memory; });
}

}  // namespace external::intake
