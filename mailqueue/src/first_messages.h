#pragma once
// The oldest of many messages, from several walks that are each in the order of their numbers.

#include <mailqueue/envelope.h>

#include <cstddef>
#include <set>

namespace mailqueue {

class FirstMessages {
 public:
  explicit FirstMessages(std::size_t limit) : limit_(limit) {}

  /// False if neither this one nor any with a greater number is wanted.
  bool add(MessageId message) {
    if (full() && (limit_ == 0 || message > *messages_.rbegin())) return false;
    messages_.insert(message);
    if (messages_.size() > limit_) messages_.erase(std::prev(messages_.end()));
    return true;
  }

  bool full() const { return messages_.size() >= limit_; }
  const std::set<MessageId>& all() const { return messages_; }

 private:
  std::size_t limit_;
  std::set<MessageId> messages_;
};

}  // namespace mailqueue
