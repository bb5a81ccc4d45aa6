#pragma once
// Telling the other end, in clear, why there will be no call.

#include <external/link/link.h>

namespace external::link {

/// First byte of the record that carries a refusal.
inline constexpr std::uint8_t refusal_type = 4;

/// Longest text of a refusal, bytes.
inline constexpr std::size_t longest_refusal_text = 200;

/// reason:8, then a text for the log, cut to longest_refusal_text. `why` is one of the errors of signing on;
/// anything else goes as a broken protocol.
Bytes encode_refusal(error_code why);

struct Refusal {
  error_code why;    ///< Error::protocol for a reason that this version does not know
  std::string text;  ///< in the other end's words, cut; may hold any bytes, nobody vouches for it
};

/// Nothing if it is empty.
std::optional<Refusal> decode_refusal(ByteView bytes);

}  // namespace external::link
