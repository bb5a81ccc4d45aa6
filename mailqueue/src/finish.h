#pragma once
// The end of recipients, and of messages that have no open ones left. In the caller's transaction.

#include "database.h"

#include <optional>

namespace mailqueue {

/// Closes those that are open and returns how many that were; a message without open recipients goes, rows
/// and content. `text` goes to the history, followed by the addresses.
std::size_t finish(Database& database, std::span<const RecipientId> recipients, State state,
                   std::string_view text, Time now);

/// Removes the message if no recipient of it is open.
void remove_if_done(Database& database, MessageId message);

/// The sender of the one message that these recipients belong to; nothing if it is gone. Throws misuse if
/// there are several.
std::optional<std::string> common_sender(Database& database, std::span<const RecipientId> recipients);

}  // namespace mailqueue
