#pragma once
// What a session needs of the post office it serves: where messages come from, and where they go.

#include <external/session/envelope.h>

namespace external::session {

/// Why a message is not taken.
struct Refusal {
  std::uint16_t code = 0;  ///< report code, [001] and so on; 0 if none fits
  bool permanent = false;  ///< true: return it to its sender; false: offer it again another time
  std::string text;
};

/// A message that is offered to the other end. Made by Outbox::next; ended by sent, refused or put_back.
/// Destroyed without any of these (the call broke) it stays queued.
class Outgoing {
 public:
  virtual ~Outgoing() = default;
  virtual const Offer& offer() const = 0;

  /// Up to `most` bytes of content from `offset`; fewer only at the end.
  virtual Task<Bytes> read(std::uint64_t offset, std::size_t most) = 0;

  /// SHA-256 of the first `length` bytes of content.
  virtual Task<Digest> prefix_digest(std::uint64_t length) = 0;

  /// The other end has it on its disk (or had it already): it may be forgotten here.
  virtual Task<> sent() = 0;

  virtual Task<> refused(const Refusal& refusal) = 0;

  /// Not sent this time; it stays queued.
  virtual Task<> put_back(const std::string& why) = 0;
};

class Outbox {
 public:
  virtual ~Outbox() = default;

  /// The next message for the other end, most urgent first; nothing if none waits now.
  virtual Task<std::unique_ptr<Outgoing>> next() = 0;
};

/// A message that is being received. Destroyed without store(): what came so far is kept for another call.
class Incoming {
 public:
  virtual ~Incoming() = default;

  /// How much of the content is here already, and its digest.
  virtual std::uint64_t offset() const = 0;
  virtual Digest prefix_digest() const = 0;

  virtual Task<> append(ByteView bytes) = 0;

  /// Forgets what is here: the other end has another message under this name.
  virtual Task<> restart() = 0;

  /// Checks the digest and makes the message durable. Throws std::runtime_error with the cause when it
  /// cannot; what was received is then gone.
  virtual Task<> store() = 0;
};

struct HaveIt {};

class Inbox {
 public:
  virtual ~Inbox() = default;
  using Decision = std::variant<std::unique_ptr<Incoming>, HaveIt, Refusal>;
  virtual Task<Decision> offered(const Offer& offer) = 0;
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
