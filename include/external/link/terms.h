#pragma once
// What each end of a call says of itself when it signs on. docs/protocol.md, "Signing on".

#include <external/base/asio.h>

namespace external::link {

/// The versions of the protocol that this program speaks: all from the oldest to the newest.
inline constexpr std::uint8_t oldest_version = 2;
inline constexpr std::uint8_t newest_version = 2;

/// What one end can and wants.
struct Terms {
  std::uint8_t oldest = oldest_version;  ///< versions it speaks, up to and including `version`
  std::uint8_t version = newest_version;
  bool encrypted = true;          ///< false: everything is authenticated, nothing encrypted (Encryption = no)
  bool reliable = false;          ///< the line repairs its own errors (LineReliable = yes)
  bool half_duplex = false;       ///< the line carries one direction at a time (HalfDuplex = yes)
  std::uint8_t dictionaries = 0;  ///< bit n: knows version n of the dictionary for compression
  std::uint32_t lost = 0;         ///< bit n: the line ate byte n of the other end's probe

  bool operator==(const Terms&) const = default;
};

/// oldest:8, version:8, flags:8 (1 encrypted, 2 reliable, 4 half duplex), dictionaries:8, lost:varint.
Bytes encode_terms(const Terms& terms);

/// Nothing if something is missing or the versions are no range. What a later version adds - further flags,
/// bytes behind these - is ignored: whoever adds something must be able to do without it, or raise its oldest
/// version.
std::optional<Terms> decode_terms(ByteView bytes);

}  // namespace external::link
