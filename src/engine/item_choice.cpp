#include "item_choice.h"

namespace external::engine {

namespace {

using session::Wish;

/// Whether it goes, and then how.
std::optional<ChosenItem> wanted(const MailboxItem& item, const Wish& wish, bool numbers_hold) {
  if (wish.what == Wish::What::nothing) return std::nullopt;
  if (wish.what == Wish::What::chosen) {
    if (!numbers_hold || !wish.chosen.contains(item.number)) return std::nullopt;
    return ChosenItem{item, wish.headers};
  }
  if (numbers_hold && wish.whole.contains(item.number)) return std::nullopt;
  if (wish.unread && item.flags.find('S') != std::string::npos) return std::nullopt;
  const bool too_large = wish.largest_item != 0 && item.size > wish.largest_item;
  const bool header = wish.headers || too_large;
  if (header && numbers_hold && wish.header.contains(item.number)) return std::nullopt;
  return ChosenItem{item, header};
}

}  // namespace

ItemChoice choose_items(const std::vector<MailboxItem>& items, const Wish& wish, std::uint64_t series) {
  const bool numbers_hold = wish.series == series;
  std::vector<ChosenItem> all;
  for (const auto& item : items) {
    if (auto one = wanted(item, wish, numbers_hold)) all.push_back(std::move(*one));
  }
  if (wish.newest_first) std::reverse(all.begin(), all.end());
  ItemChoice choice;
  std::uint64_t bytes = 0;
  for (auto& one : all) {
    const auto size = one.header ? std::min(one.item.size, bytes_of_a_header) : one.item.size;
    // A smaller one behind it may still fit.
    if (wish.most_bytes != 0 && size > wish.most_bytes - bytes) {
      ++choice.left;
      choice.left_bytes += one.item.size;
      continue;
    }
    bytes += size;
    choice.items.push_back(std::move(one));
  }
  return choice;
}

}  // namespace external::engine
