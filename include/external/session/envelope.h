#pragma once
// A message as two sessions speak of it. docs/protocol.md, "Envelope".

#include <external/base/asio.h>

namespace external::session {

enum class Priority : std::uint8_t { urgent = 0, normal = 1, low = 2 };

/// SHA-256.
using Digest = std::array<std::uint8_t, 32>;

struct Envelope {
  std::string key;     ///< identity of the message, given where it was accepted first
  std::string sender;  ///< empty for a notice
  std::vector<std::string> recipients;
  Priority priority = Priority::normal;
  std::chrono::sys_seconds accepted{};
  std::chrono::seconds useful_life{};
  std::vector<std::string> hops;  ///< post offices already passed, oldest first
  bool receipt = false;
};

struct Offer {
  Envelope envelope;
  std::uint64_t size = 0;  ///< bytes of content
  Digest digest{};         ///< of the content
};

Bytes encode(const Envelope& envelope);

/// Nothing if `bytes` is no envelope with a key and a recipient. Unknown fields are ignored.
std::optional<Envelope> decode_envelope(ByteView bytes);

}  // namespace external::session
