#pragma once
// The end of recipients, and of messages that have no open ones left. In the caller's transaction.

#include "recipients.h"

#include <optional>

namespace mailqueue {

/// Closes those that are open and returns which that were; a message without open recipients goes, rows
/// and content. `text` goes to the history, followed by the addresses.
std::vector<RecipientId> finish(Database& database, std::span<const RecipientId> recipients, State state,
                                std::string_view text, Time now);

/// Writes what has become of the recipients of one message, some of them closed, and `text` to the history;
/// the message goes if none is open.
void close_recipients(Database& database, MessageId message, Recipients& recipients, std::string_view text,
                      Time now);

/// The sender of the one message that these recipients belong to; nothing if it is gone. Throws misuse if
/// there are several.
std::optional<std::string> common_sender(Database& database, std::span<const RecipientId> recipients);

}  // namespace mailqueue
