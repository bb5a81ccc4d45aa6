#pragma once
// Sealing the chunks of a call, so that nobody between the ends can read or change them, leave one out,
// repeat one or change their order. docs/security.md.

#include "ccm.h"

namespace external::link {

/// What a seal does with the text. One key is used in one way only.
enum class Protection {
  encrypted,      ///< nobody else can read it
  authenticated,  ///< it stays readable, where the law wants that; nobody else can change it
};

/// Bytes that a seal adds to a chunk.
inline constexpr std::size_t seal_size = Ccm::tag_size;

/// Largest chunk before sealing, bytes.
inline constexpr std::size_t largest_chunk = Ccm::largest_text;

/// Seals the chunks of one direction. Their numbers count up from `first`; both ends count by themselves, so
/// the number costs nothing on the line. It goes into the nonce: four zero bytes, then the number,
/// big-endian. No number may be used twice with one key.
class Sealer {
 public:
  Sealer(const Key& key, Protection protection, std::uint64_t first = 0)
      : ccm_(key, Ccm::Use::seal), protection_(protection), next_(first) {}

  /// The text, encrypted or as it is, and the tag behind it. Works in the given bytes; copies them only if
  /// there is no room for seal_size more. Throws std::length_error above largest_chunk.
  Bytes seal(Bytes plain);

 private:
  Ccm ccm_;
  Protection protection_;
  std::uint64_t next_;
};

/// Opens the chunks of one direction, in the order in which they were sealed.
class Opener {
 public:
  Opener(const Key& key, Protection protection, std::uint64_t first = 0)
      : ccm_(key, Ccm::Use::open), protection_(protection), next_(first) {}

  /// The text, in the bytes given. Nothing: damaged, forged, repeated, or not the next one. After that
  /// nothing opens any more: below it is a line that has already repaired what noise did, so a forger has one
  /// try.
  std::optional<Bytes> open(Bytes sealed);

 private:
  bool check(std::span<std::uint8_t> text, const Ccm::Tag& tag);

  Ccm ccm_;
  Protection protection_;
  std::uint64_t next_;
  bool broken_ = false;
};

}  // namespace external::link
