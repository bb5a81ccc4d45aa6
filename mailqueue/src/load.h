#pragma once
// From rows back to values.

#include "database.h"

#include <mailqueue/view.h>

namespace mailqueue {

/// Envelope, size and digest, without recipients; nothing if there is no such message.
std::optional<MessageView> load_message(Database& database, MessageId message);

/// Its recipients, in the order in which they were named.
std::vector<RecipientStatus> load_recipients(Database& database, MessageId message);

/// All of it; nothing if there is no such message.
std::optional<MessageView> load_view(Database& database, MessageId message);

}  // namespace mailqueue
