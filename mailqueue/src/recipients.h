#pragma once
// The recipients of one message and their states.
//
// A recipient's number is made of the message's and its place there, so that all of a message lie together
// and need no index.

#include "database.h"

#include <string>
#include <vector>

namespace mailqueue {

inline constexpr int place_bits = 20;
inline constexpr std::size_t most_recipients = std::size_t{1} << place_bits;

constexpr MessageId message_of(RecipientId recipient) {
  return recipient >> place_bits;
}
constexpr RecipientId first_recipient(MessageId message) {
  return message << place_bits;
}
constexpr RecipientId last_recipient(MessageId message) {
  return first_recipient(message + 1) - 1;
}

constexpr bool is_open(State state) {
  return state == State::queued || state == State::in_transfer || state == State::held ||
         state == State::quarantined;
}

/// Groups of numbers that belong to one message, each in order.
std::vector<std::vector<RecipientId>> by_message(std::span<const RecipientId> recipients);

/// The recipients of a message as they are and as they are to be. In the caller's transaction.
class Recipients {
 public:
  struct One {
    RecipientId id = 0;
    State state = State::queued;
    State before = State::queued;  ///< as it is in the database
    bool tried = false;
    int attempts = 0;
    std::string address;
    std::string destination;
    std::string moved_from;  ///< its destination in the database, if that is another; else empty
  };

  Recipients(Database& database, MessageId message);

  std::vector<One>& all() & { return all_; }
  std::vector<std::string> addresses() const;
  One* find(RecipientId id);
  bool any_open() const;

  /// Tells the tallies what has changed: states, destinations, and which destinations have, or no longer
  /// have, queued recipients. `size` is the message's. To be called once, after the last change.
  void tally(std::uint64_t size);

 private:
  Database& database_;
  std::vector<One> all_;  ///< in the order of their numbers
};

}  // namespace mailqueue
