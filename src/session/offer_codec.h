#pragma once
// An offer as bytes. docs/protocol.md, "Offers": what differs from message to message stands first, what
// repeats stands together behind it, so that a compressor finds it in one piece.

#include "records.h"

#include <external/link/wire.h>

namespace external::session {

void put(link::Writer& out, const OfferRecord& record, LastOffer& last);

/// Nothing if it is no offer of a message with a key and a recipient.
std::optional<OfferRecord> read_offer(link::Reader& in, LastOffer& last);

}  // namespace external::session
