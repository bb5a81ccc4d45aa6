#pragma once
// What a person who dials in wants of the mailbox, and what the post office says of it.
// docs/remote-users.md, docs/protocol.md, "Items of a mailbox".

#include <external/session/number_set.h>

#include <string>
#include <vector>

namespace external::session {

/// Letters of a Maildir, or others, which mean nothing and are passed over: P R S T D F.
using Flags = std::string;

/// What was done with an item at the machine of its owner. Doing it again changes nothing.
struct ItemChange {
  std::uint64_t number = 0;
  Flags added = {};
  Flags removed = {};
  bool deleted = false;
  bool operator==(const ItemChange&) const = default;
};

struct Wish {
  enum class What : std::uint8_t {
    nothing = 0,  ///< the caller only hands over mail
    rest = 1,     ///< all that is not there yet
    chosen = 2,   ///< `chosen`, whatever is there
  };
  What what = What::rest;
  bool headers = false;            ///< only the headers of what is not there at all
  bool unread = false;             ///< only items without S
  bool newest_first = false;       ///< otherwise the oldest
  std::uint64_t largest_item = 0;  ///< bytes; of larger ones the header, unless they are chosen; 0: any size
  std::uint64_t most_bytes = 0;    ///< altogether in this call; 0: any number
  std::uint64_t series = 0;        ///< of the numbers below, see Stock; 0: no numbers are known
  NumberSet whole = {};            ///< what is there, or was and is not wanted again
  NumberSet header = {};           ///< what is there as a header
  NumberSet chosen = {};
  std::vector<ItemChange> changes = {};  ///< made before anything is offered
  bool operator==(const Wish&) const = default;
};

/// The mailbox as the post office sees it once it has made the changes.
struct Stock {
  std::uint64_t series = 0;      ///< numbers mean something only in the series they were given in; never 0
  std::uint64_t left = 0;        ///< items the wish would have brought, but for `most_bytes`
  std::uint64_t left_bytes = 0;  ///< their size
  NumberSet present = {};
  NumberSet read = {};  ///< of these, those with S
  bool operator==(const Stock&) const = default;
};

}  // namespace external::session
