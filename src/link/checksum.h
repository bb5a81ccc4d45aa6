#pragma once
// CRC-32C (Castagnoli; reflected, initial and final value FFFFFFFF) and what it tells about a single wrong
// bit.

#include <external/base/asio.h>

namespace external::link {

std::uint32_t crc32c(ByteView bytes);

/// The check of a header: CRC-8, polynomial 2F (reflected F4), initial value FF.
std::uint8_t crc8(ByteView bytes);

/// Mends one wrong bit in `bytes` or in `check`, which came with it: CRC-32C has distance 4 at any length
/// used here, so one wrong bit is told from two and its place is certain; three or more may be taken for one,
/// once in some hundred thousand. Returns false, and changes nothing, if no single bit explains the
/// difference.
bool mend_single_bit(std::span<std::uint8_t> bytes, std::uint32_t check);

}  // namespace external::link
