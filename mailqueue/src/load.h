#pragma once
// From rows back to values.

#include "database.h"

#include <mailqueue/view.h>

namespace mailqueue {

/// Envelope, size and digest, without recipients; nothing if there is no such message. Throws DamagedMessage.
std::optional<MessageView> load_message(Database& database, MessageId message);

/// All about a message that has recipients, with MessageView::damage where something cannot be read.
MessageView load_as_far_as_possible(Database& database, MessageId message);

/// Its recipients, in the order in which they were named.
std::vector<RecipientStatus> load_recipients(Database& database, MessageId message);

}  // namespace mailqueue
