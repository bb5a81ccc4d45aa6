#pragma once
// What a chunk holds before it is sealed: pieces of streams, together compressed if that pays.
// docs/protocol.md, "Chunks".

#include "byte_queue.h"
#include "compression.h"

#include <external/link/link.h>

namespace external::link {

using StreamQueues = std::array<ByteQueue, stream_count>;

/// Cuts pieces from streams, the most urgent first, and packs them.
class Packer {
 public:
  /// For a line of so many bits per second; 0: unknown.
  explicit Packer(unsigned bits_per_second);

  /// Before the first chunk.
  void use(std::shared_ptr<const MailDictionary> dictionary);

  /// About `size` bytes, or less if less waits. Nothing if nothing waits.
  std::optional<Bytes> pack(StreamQueues& queues, std::size_t size);

  /// How much should wait on a stream so that the next chunk of `size` bytes can be filled.
  std::size_t ahead(std::size_t size) const;

 private:
  std::size_t plain_size(const StreamQueues& queues, std::size_t size) const;
  std::array<Stream, stream_count> order();

  Bytes packed(const std::vector<Piece>& pieces);

  Compressor compressor_;
  unsigned turn_ = 0;
  double ratio_ = 2;  ///< plain bytes to packed ones, of late
};

/// The other way round.
class Unpacker {
 public:
  /// Before the first chunk.
  void use(std::shared_ptr<const MailDictionary> dictionary) {
    decompressor_ = Decompressor(std::move(dictionary));
  }

  /// Nothing if `packed` breaks the protocol or would become larger than `limit`.
  std::optional<std::vector<Piece>> unpack(ByteView packed, std::size_t limit);

 private:
  Decompressor decompressor_;
};

}  // namespace external::link
