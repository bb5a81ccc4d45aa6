#pragma once
// Content on its way into the queue.

#include <mailqueue/envelope.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace mailqueue {

class ContentInput;

/// What became of a commit.
struct Accepted {
  std::optional<MessageId> message;  ///< nothing if all its recipients were known already
  std::size_t recipients = 0;        ///< that were new; the others have this message already
};

/// Takes the content of one message piece by piece, in bounded memory, and then accepts it.
///
/// From Queue::begin(): nothing stays behind if it is dropped before commit(). (What a killed process left
/// behind goes with Queue::expire_partials.) From Queue::partial(): what was appended stays, also after
/// kill -9 as far as it was flushed, until it is committed, discarded or expired.
///
/// Must not outlive its Queue; same thread. Error gone: the content was expired, or the same partial content
/// was opened again elsewhere, which takes it over.
class Writer {
 public:
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();

  /// Bytes taken so far, those of earlier, broken attempts included.
  std::uint64_t offset() const;

  /// SHA-256 of these bytes.
  Digest digest() const;

  /// Adds bytes at offset(). They may stay in memory until flush(). If it throws, offset() tells how
  /// many were taken, and the rest may be appended again.
  void append(std::span<const std::byte> bytes);
  void append(std::string_view bytes) { append(std::as_bytes(std::span(bytes))); }

  /// Forgets everything from `size` on; `size` must not exceed offset().
  void truncate(std::uint64_t size);
  void restart() { truncate(0); }

  /// On return all bytes so far are durable, and count as touched at `now` for Queue::expire_partials.
  void flush(Time now);

  /// Accepts the message in one durable transaction: on return it survives kill -9 and power loss. Recipients
  /// that have the message with this key already are left out. If it throws, the writer is as before. Content
  /// that was opened with a size must have that size. The writer is used up afterwards.
  Accepted commit(const Envelope& envelope, Time now);

  /// Throws the content away. The writer is used up afterwards.
  void discard();

 private:
  friend class Queue;
  explicit Writer(std::unique_ptr<ContentInput> input);
  ContentInput& input() const;

  std::unique_ptr<ContentInput> input_;
};

}  // namespace mailqueue
