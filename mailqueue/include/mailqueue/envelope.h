#pragma once
// What is known about a message besides its content.

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailqueue {

using Time = std::chrono::system_clock::time_point;  ///< kept to the microsecond
using MessageId = std::int64_t;                      ///< of this queue only; never used twice
using RecipientId = std::int64_t;                    ///< of this queue only
using Digest = std::array<std::uint8_t, 32>;         ///< SHA-256

enum class Priority { urgent, normal, low };

/// The states of a recipient. Queued, in transfer, held and quarantined are open: the message is kept for
/// them. Quarantined: the message cannot be read, and waits for a person.
enum class State { queued, in_transfer, held, acknowledged, delivered, returned, deleted, quarantined };

std::string_view name(Priority priority);
std::string_view name(State state);

/// A useful life without end.
inline constexpr std::chrono::seconds unlimited = std::chrono::seconds::max();

/// What the sender wants to be told about a recipient: NOTIFY of RFC 3461. All false: NEVER.
struct Notify {
  bool success = false;  ///< a receipt when it is in the mailbox
  bool failure = true;   ///< the message, when it cannot be delivered
  bool delay = true;     ///< a warning when it takes long
  bool operator==(const Notify&) const = default;
};

inline constexpr Notify never{false, false, false};

struct Recipient {
  std::string address;      ///< opaque
  std::string destination;  ///< opaque: where it finally goes; the way there is the caller's business
  Notify notify = {};
  std::string original = {};  ///< ORCPT of RFC 3461, decoded: "rfc822;bob@hub.south"; empty: none was given
  bool operator==(const Recipient&) const = default;
};

struct Envelope {
  std::string key;     ///< world-unique, given by the post office that accepted the message first; not empty
  std::string sender;  ///< empty: a notice, which is never answered by a notice
  std::vector<Recipient> recipients;  ///< at least one
  Priority priority = Priority::normal;
  Time accepted{};  ///< by the first post office
  std::chrono::seconds useful_life = unlimited;
  std::vector<std::string> hops;  ///< post offices passed so far; no line feeds
  std::string envelope_id = {};   ///< ENVID of RFC 3461, decoded; empty: none was given
  bool headers_only = false;      ///< RET=HDRS: only its header comes back, not the whole message

  /// Whether a receipt is wanted for one of the recipients.
  bool receipt() const;

  /// End of the useful life; Time::max() if there is none.
  Time expires() const;
  bool operator==(const Envelope&) const = default;
};

}  // namespace mailqueue
