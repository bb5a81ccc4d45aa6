#pragma once
// A message as two sessions speak of it. docs/protocol.md, "Offers".

#include <external/base/asio.h>

namespace external::session {

enum class Priority : std::uint8_t { urgent = 0, normal = 1, low = 2 };
inline constexpr std::size_t priority_count = 3;

/// SHA-256.
using Digest = std::array<std::uint8_t, 32>;

/// What the sender wants to be told about a recipient: NOTIFY of RFC 3461. All false: NEVER.
struct Notify {
  bool success = false;
  bool failure = true;
  bool delay = true;
  bool operator==(const Notify&) const = default;
};

/// Of one recipient.
struct Wishes {
  Notify notify = {};
  std::string original = {};  ///< ORCPT of RFC 3461, decoded; empty: none
  bool operator==(const Wishes&) const = default;
};

/// A message of a mailbox on its way to the mailbox's owner. docs/protocol.md, "Items of a mailbox".
struct Item {
  std::uint64_t number = 0;  ///< in that mailbox; of another message never
  std::string flags = {};    ///< letters of a Maildir
  std::uint64_t size = 0;    ///< bytes of the whole message
  bool header = false;       ///< the content is its header only
  bool operator==(const Item&) const = default;
};

struct Envelope {
  std::string key;     ///< identity of the message, given where it was accepted first
  std::string sender;  ///< empty for a notice
  std::vector<std::string> recipients;
  Priority priority = Priority::normal;
  std::chrono::sys_seconds accepted{};
  std::chrono::seconds useful_life{};  ///< 0: without end
  std::vector<std::string> hops;       ///< post offices already passed, oldest first
  std::vector<Wishes> wishes = {};     ///< of each of `recipients`; empty: all have the defaults
  std::string envelope_id = {};        ///< ENVID of RFC 3461, decoded; empty: none
  bool headers_only = false;           ///< RET=HDRS
  std::optional<Item> item = {};       ///< if it is one
};

struct Offer {
  Envelope envelope;
  std::uint64_t size = 0;  ///< bytes of content
  Digest digest{};         ///< of the content
  std::size_t digest_known =
      std::tuple_size_v<Digest>;  ///< how many bytes of `digest` are known, from its start; the rest is zero
};

/// Whether a whole digest is the one that was offered, as far as that is known.
inline bool matches(const Offer& offer, const Digest& digest) {
  const auto known = static_cast<std::ptrdiff_t>(std::min(offer.digest_known, digest.size()));
  return std::equal(digest.begin(), digest.begin() + known, offer.digest.begin());
}

}  // namespace external::session
