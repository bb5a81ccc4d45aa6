#pragma once
// What a session needs of the post office it serves: where messages come from, and where they go. Calls take
// whole batches, so that a trip to the disk is shared by all that waits for one.

#include <external/session/envelope.h>
#include <external/session/wish.h>

namespace external::session {

/// What FAILED says when content is not what the offer said, and how it begins when no more mail has a place
/// on the disk of that end: the sender then looks for the cause at its own end, or offers nothing more in
/// this call.
inline constexpr std::string_view wrong_digest_words =
    "the content that arrived does not match its digest; it is sent again";
inline constexpr std::string_view disk_full_words = "Disk storage full";

/// Why a message is not taken.
struct Refusal {
  std::uint16_t code = 0;  ///< report code, [001] and so on; 0 if none fits
  bool permanent = false;  ///< true: return it to its sender; false: offer it again another time
  std::string text;
};

/// A message that is offered to the other end. Made by Outbox::next; ended by Outbox::sent, refused or
/// put_back. Destroyed without any of these (the call broke) it stays queued.
class Outgoing {
 public:
  virtual ~Outgoing() = default;
  virtual const Offer& offer() const = 0;

  /// An earlier call may have left part of it at the other end.
  virtual bool tried() const = 0;

  /// Up to `most` bytes of content from `offset`; fewer only at the end. Throws std::runtime_error.
  virtual Task<Bytes> read(std::uint64_t offset, std::size_t most) = 0;

  /// SHA-256 of the first `length` bytes of content. Throws std::runtime_error.
  virtual Task<Digest> prefix_digest(std::uint64_t length) = 0;

  virtual Task<> refused(const Refusal& refusal) = 0;

  /// Not sent this time; it stays queued, unless somebody has taken it out of the queue meanwhile.
  virtual Task<> put_back(const std::string& why) = 0;
};

using OutgoingMessages = std::vector<std::shared_ptr<Outgoing>>;

/// Messages to be sent.
struct Waiting {
  OutgoingMessages messages;
  std::array<bool, priority_count>
      more{};                       ///< of this priority others may wait; always true if none was asked for
  std::optional<Stock> stock = {};  ///< to be told to the other end before these
};

class Outbox {
 public:
  virtual ~Outbox() = default;

  /// How many messages are asked for, by priority.
  using Room = std::array<std::size_t, priority_count>;

  /// The next messages for the other end, the most urgent first and otherwise the oldest, at most `room` of
  /// each priority. It is asked again for those of which there may be more when a message was settled; so
  /// there must be no more if nothing is out. Small ones come with their content at hand, so that reading
  /// them does not wait.
  virtual Task<Waiting> next(Room room) = 0;

  /// The other end has them on its disk (or had them already): they may be forgotten here. One durable step.
  virtual Task<> sent(const OutgoingMessages& messages) = 0;

  /// For each of `messages` whether it is still to go: false for one that was held or deleted, or whose
  /// useful life has ended.
  virtual Task<std::vector<bool>> wanted(const OutgoingMessages& messages) = 0;

  /// The other end wants this of the mailbox; at most once, and before it has said that it has nothing more
  /// to offer. If it says that without a wish, it is one for nothing. Whose mail is no mailbox passes it
  /// over.
  virtual void wished(Wish) {}
};

/// A message that is being received: content that is here already is counted, more is added through
/// Inbox::append. Destroyed unfinished: what came so far is kept for another call.
class Incoming {
 public:
  virtual ~Incoming() = default;

  /// How much of the content was here when it was offered, and the digest of that.
  virtual std::uint64_t offset() const = 0;
  virtual Digest prefix_digest() const = 0;
};

struct HaveIt {};

/// It is on the disk now.
struct Stored {};

/// It could not be stored; it is offered again another time.
struct NotStored {
  std::string why;
};

/// An offer of the other end.
struct Arrival {
  const Offer* offer = nullptr;
  bool from_start = false;       ///< the content will come from its first byte: what is here is of no use
  std::optional<Bytes> content;  ///< all of it, if it came right behind the offer
};

/// More content of a message.
struct Portion {
  Incoming* message = nullptr;
  std::uint64_t offset = 0;  ///< of the first of `bytes` in the content: where the last portion ended
  Bytes bytes;               ///< may be empty, if only to be made durable
  bool last = false;         ///< the content is complete: check its digest and store the message
};

class Inbox {
 public:
  virtual ~Inbox() = default;
  using Decision = std::variant<std::unique_ptr<Incoming>, HaveIt, Refusal, Stored, NotStored>;

  /// What is to become of each of `arrivals`, in their order. One that has its content is stored at once,
  /// unless it is here already or refused; it is never answered with an Incoming.
  virtual Task<std::vector<Decision>> offered(std::vector<Arrival> arrivals) = 0;

  /// Adds `portions` in their order, each of another message. `durable`: on return all bytes of these
  /// messages survive kill -9; those complete are stored durably in any case. For each portion its failure,
  /// empty if there was none; after a failure no more of that message may be appended.
  virtual Task<std::vector<std::string>> append(std::vector<Portion> portions, bool durable) = 0;

  /// The other end has answered the wish, and what it offers comes by that. Before the first item.
  virtual void told(Stock) {}
};

/// What happens in a session, for logs and screens. Called on the session's thread; must not block or throw.
class Events {
 public:
  virtual ~Events() = default;
  virtual void message_sent(const Offer& offer) = 0;
  virtual void message_received(const Offer& offer) = 0;
  virtual void message_refused(const Offer& offer, const Refusal& refusal) = 0;     ///< by the other end
  virtual void message_not_stored(const Offer& offer, const std::string& why) = 0;  ///< here or there
};

}  // namespace external::session
