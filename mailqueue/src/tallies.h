#pragma once
// Sums over many messages, kept in memory during a transaction so that a batch writes them once.

#include "traffic.h"

#include <mailqueue/envelope.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mailqueue {

class Database;

class Tallies {
 public:
  /// A number that no message has had.
  MessageId next_message(Database& database);

  /// So many more messages and bytes are queued for `destination`; negative: fewer.
  void add_waiting(std::string_view destination, std::int64_t messages, std::int64_t bytes);

  /// So much more mail was exchanged with `post_office` in that month.
  void add_traffic(std::string_view post_office, int month, const TrafficChange& change);
  /// So many more messages are here, of so many bytes together; negative: fewer.
  void add_messages(std::int64_t messages, std::int64_t bytes);

  /// So many more recipients of messages that are here are in this state; negative: fewer.
  void add_recipients(State state, std::int64_t recipients);

  /// Brings the tables up to date, in the transaction that is open.
  void write(Database& database);

  /// Forgets what the transaction that has just ended had changed.
  void clear();

 private:
  struct Waiting {
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
  };

  void write_counter(Database& database);

  std::optional<MessageId> last_message_;
  std::int64_t messages_ = 0;
  std::int64_t bytes_ = 0;
  std::array<std::int64_t, 8> recipients_{};  ///< by state
  bool counter_changed_ = false;
  std::unordered_map<std::string, Waiting> waiting_;
  std::map<std::pair<std::string, int>, TrafficChange> traffic_;
};

}  // namespace mailqueue
