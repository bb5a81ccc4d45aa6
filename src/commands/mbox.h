#pragma once
// Messages in an mbox file, one after the other.

#include "source.h"

namespace external::commands {

/// Calls `take` for each message of an mbox. What `take` leaves unread of a message is skipped. A message
/// goes from behind its "From " line to the empty line before the next such line (that empty line left out)
/// and is taken as it stands, ">From " included. Throws Failure (data) if this is no mbox.
void each_in_mbox(Source mbox, const std::string& name, const std::function<void(Source)>& take);

}  // namespace external::commands
