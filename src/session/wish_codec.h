#pragma once
// Wishes and stocks as bytes. docs/protocol.md, "Items of a mailbox".

#include <external/link/wire.h>
#include <external/session/wish.h>

#include <optional>

namespace external::session {

void put(link::Writer& out, const Wish& wish);
void put(link::Writer& out, const Stock& stock);

/// Nothing for what is none. What later versions add behind is passed over.
std::optional<Wish> read_wish(link::Reader& in);
std::optional<Stock> read_stock(link::Reader& in);

}  // namespace external::session
