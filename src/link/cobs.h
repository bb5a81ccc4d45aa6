#pragma once
// Consistent overhead byte stuffing (Cheshire and Baker): bytes without zeros, at most one in 254 longer.

#include <external/base/asio.h>

namespace external::link {

/// Appends the encoding of `plain`, which holds no zero byte, and no delimiter.
void cobs_encode(ByteView plain, Bytes& out);

/// The plain bytes, or nothing if `encoded` is no valid encoding.
std::optional<Bytes> cobs_decode(ByteView encoded);

}  // namespace external::link
