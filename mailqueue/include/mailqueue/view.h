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

struct Filter {
  std::optional<State> state;              ///< messages with a recipient in this state
  std::optional<std::string> destination;  ///< messages with a recipient for it (in that state)
  std::size_t limit = 1000;                ///< the first ones, oldest first
  MessageId after = 0;                     ///< only messages with greater numbers: the next page
};

/// Days since 1970-01-01, in whatever time zone the caller counts them.
using Day = std::int64_t;

/// How long the line was used for a destination on one day.
struct LineTime {
  std::string destination;
  Day day = 0;
  std::chrono::milliseconds time{};
};

struct Totals {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;                    ///< of content
  std::map<State, std::uint64_t> recipients;  ///< of the messages that are here
  std::uint64_t partials = 0;
  std::uint64_t partial_bytes = 0;
};

}  // namespace mailqueue
