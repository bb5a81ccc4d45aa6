#pragma once
// The end of recipients, and of messages that have no open ones left. In the caller's transaction.

#include "recipients.h"

#include <optional>

namespace mailqueue {

/// What was really closed.
struct Finished {
  std::vector<RecipientId> recipients;
  std::size_t messages = 0;
  std::uint64_t bytes = 0;  ///< of their contents
};

/// Closes those that are open; a message without open recipients goes, rows
/// and content. `text` goes to the history, followed by the addresses.
Finished finish(Database& database, std::span<const RecipientId> recipients, State state,
                std::string_view text, Time now);

/// Writes what has become of the recipients of one message, some of them closed, and `text` to the history;
/// the message goes if none is open. Returns the size of its content.
std::uint64_t close_recipients(Database& database, MessageId message, Recipients& recipients,
                               std::string_view text, Time now);

/// The sender of the one message that these recipients belong to; nothing if it is gone. Throws misuse if
/// there are several.
std::optional<std::string> common_sender(Database& database, std::span<const RecipientId> recipients);

}  // namespace mailqueue
