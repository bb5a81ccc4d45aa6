#pragma once
// From envelope to rows. All of these run in the caller's transaction.

#include "database.h"

namespace mailqueue {

/// Throws misuse if the envelope breaks the rules of envelope.h.
void require_valid(const Envelope& envelope);

/// Remembers key and recipients; returns those that were not known.
std::vector<Recipient> note_seen(Database& database, const Envelope& envelope, Time now);

/// The message for these recipients, all queued and due at once.
MessageId insert_message(Database& database, const Envelope& envelope,
                         const std::vector<Recipient>& recipients, std::int64_t content, std::uint64_t size,
                         Time now);

}  // namespace mailqueue
