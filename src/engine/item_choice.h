#pragma once
// Which messages of a mailbox its owner wants now.

#include <external/engine/mailbox_items.h>
#include <external/session/wish.h>

namespace external::engine {

struct ChosenItem {
  MailboxItem item;
  bool header = false;  ///< only that of it
};

struct ItemChoice {
  std::vector<ChosenItem> items;  ///< in the order in which they go
  std::uint64_t left = 0;         ///< that had no room in Wish::most_bytes
  std::uint64_t left_bytes = 0;
};

/// What a header counts for against Wish::most_bytes, at most.
inline constexpr std::uint64_t bytes_of_a_header = 2048;

/// `items` have their numbers, of the series `series`, and those that arrived first are at the front. What
/// the wish says about numbers of another series is passed over, so that one for chosen items then gets none.
ItemChoice choose_items(const std::vector<MailboxItem>& items, const session::Wish& wish,
                        std::uint64_t series);

}  // namespace external::engine
