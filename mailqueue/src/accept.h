#pragma once
// From envelope to rows. All of these run in the caller's transaction.

#include "database.h"

namespace mailqueue {

/// Throws misuse if the envelope breaks the rules of envelope.h.
void require_valid(const Envelope& envelope);

/// Remembers key and recipients; returns those that were not known.
std::vector<Recipient> note_seen(Database& database, const Envelope& envelope, Time now);

/// Where the content of a message is: in `bytes`, or else in the row `content`.
struct Body {
  std::uint64_t size = 0;
  Digest digest{};
  std::optional<std::int64_t> content;
  std::optional<Bytes> bytes;
};

/// The message for these recipients, all queued and due at once.
MessageId insert_message(Database& database, const Envelope& envelope,
                         const std::vector<Recipient>& recipients, const Body& body, Time now);

}  // namespace mailqueue
