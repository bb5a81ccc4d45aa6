#pragma once
// What a chunk holds before it is sealed: pieces of streams, together compressed if that pays.
// docs/protocol.md, "Chunks".

#include "byte_queue.h"
#include "compression.h"
#include "compression_level.h"

#include <external/link/link.h>

namespace external::link {

using StreamQueues = std::array<ByteQueue, stream_count>;

/// A piece that is still in its queue.
struct Cut {
  Stream stream;
  ByteView bytes;
};

/// Cuts pieces from streams, the most urgent first, and packs them.
class Packer {
 public:
  /// For a line of so many bits per second; 0: unknown.
  explicit Packer(unsigned bits_per_second);

  /// Before the first chunk.
  void use(std::shared_ptr<const MailDictionary> dictionary);

  /// About `size` bytes, or less if less waits. Nothing if nothing waits.
  std::optional<Bytes> pack(StreamQueues& queues, std::size_t size);

  /// On a line of unknown speed: a full chunk of `size` bytes was made in `making`, and after that the line
  /// was busy with it for `sending`. Finds the level that the line leaves time for.
  void sent(std::size_t size, Duration making, Duration sending, TimePoint now);

  /// Of compression, from the next chunk on; off where it would hold the line up.
  CompressionLevel level() const { return level_; }

  /// Whether `more` bytes should be put behind the `waiting` ones of a stream, for chunks of `size` bytes: so
  /// many wait that the next chunk can be filled. On a line of known speed, where all that waits here still
  /// goes when its message is held, that is half a chunk and the next portion.
  bool has_room(std::size_t waiting, std::size_t more, std::size_t size) const;

  /// How much of a message should be put there together; on a line of known speed. Three chunks of `size`
  /// bytes, for each portion has a header; or what half of one holds if it can be compressed, for then the
  /// header hardly counts and chunks differ.
  std::size_t portion(std::size_t size) const;
  bool speed_known() const { return speed_known_; }

 private:
  double expected_ratio(const StreamQueues& queues, std::size_t size);
  bool compressible() const { return expected_ > 1; }
  std::size_t plain_of(std::size_t size) const;
  std::size_t plain_size(const StreamQueues& queues, std::size_t size);
  std::array<Stream, stream_count> order();

  Bytes packed(const std::vector<Cut>& pieces);
  bool pays(ByteView plain) const;

  bool speed_known_;
  LevelControl control_;
  CompressionLevel level_;
  double speed_ = 0;  ///< of a line whose speed is not known, as seen of late, bits per second; 0: not yet
  Compressor compressor_;
  unsigned turn_ = 0;
  double ratio_ = 2;     ///< plain bytes to packed ones, of late
  double expected_ = 2;  ///< the same, of what came of late, as far as it can be compressed
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
