#pragma once
// What the queue shows of itself.

#include <mailqueue/envelope.h>

#include <cstddef>
#include <map>
#include <optional>

namespace mailqueue {

/// Mail that waits (state queued) for one destination.
struct Waiting {
  std::string destination;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  ///< of content, each message once
  Time oldest{};            ///< acceptance of the message that came first
  Time next_attempt{};      ///< the earliest; due once it has come
  bool urgent = false;      ///< a message of the highest priority is among them
  bool held = false;        ///< the destination is held: nothing of this is due
};

/// Messages for one destination that do not wait for a line but for a person. A message counts once for each
/// destination that has such recipients of it.
struct SetAside {
  std::string destination;
  std::uint64_t held = 0;  ///< one by one; see Waiting::held for those of a destination held as a whole
  std::uint64_t quarantined = 0;
};

/// What can be held as a whole: a destination, or a line, whose names mean nothing to the queue.
enum class Held { destination, line };

struct HeldName {
  std::string name;
  Time since{};
};

/// A recipient of a message as it stands.
struct RecipientStatus {
  RecipientId id = 0;
  Recipient recipient;
  State state = State::queued;
  int attempts = 0;
  Time next_attempt{};
  std::string error;   ///< of the last failure; empty if there was none
  bool tried = false;  ///< a transfer was begun that is not known to have come to an end
};

/// Something that happened to a message.
struct Event {
  Time time{};
  std::string text;
};

struct MessageView {
  MessageId id = 0;
  Envelope envelope;  ///< its recipients in the order of `recipients`
  std::uint64_t size = 0;
  Digest digest{};
  Time received{};  ///< accepted by this queue
  int warned = 0;   ///< steps of waiting that its sender was told of, see Queue::warn; of a notice: very many
  std::vector<RecipientStatus> recipients;
  std::string damage;  ///< why the rest of this cannot be known; empty: it is all there
};

/// Mail exchanged with one post office in one month of local time.
struct Traffic {
  std::string post_office;
  int year = 0;
  unsigned month = 0;      ///< 1 to 12
  std::uint64_t sent = 0;  ///< messages it acknowledged
  std::uint64_t sent_bytes = 0;
  std::uint64_t received = 0;  ///< messages accepted from it
  std::uint64_t received_bytes = 0;

  bool operator==(const Traffic&) const = default;
};

/// Mail queued for several destinations.
struct Backlog {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  ///< of content; a message counts once for each destination
};

/// Which messages: those that meet all conditions given. One and the same recipient has to meet those about
/// recipients. Patterns may have * for any text and ? for any character.
struct Filter {
  std::optional<State> state{};              ///< of a recipient
  std::optional<std::string> destination{};  ///< of a recipient
  std::optional<std::string> address{};      ///< of a recipient; a pattern
  std::optional<std::string> sender{};       ///< a pattern; "" for notices
  std::optional<Time> accepted_before{};
  MessageId after = 0;  ///< those behind this one: the next page, after the last of the page before
  std::optional<MessageId> until{};  ///< those up to this one
  std::size_t limit = 1000;          ///< the first ones, in the order in which they were accepted here
};

/// Days since 1970-01-01, in whatever time zone the caller counts them.
using Day = std::int64_t;

/// How long the line was used for a destination on one day.
struct LineTime {
  std::string destination;
  Day day = 0;
  std::chrono::milliseconds time{};
};

/// Of the recipients of a message that met `filter`, those that do so themselves.
std::vector<RecipientId> matching(const MessageView& message, const Filter& filter);

struct Totals {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;                    ///< of content
  std::map<State, std::uint64_t> recipients;  ///< of the messages that are here
  std::uint64_t partials = 0;
  std::uint64_t partial_bytes = 0;
};

}  // namespace mailqueue
