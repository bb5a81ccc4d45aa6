#pragma once
// One direction of a call as a single zstd stream, flushed at the end of each chunk: what one mail taught
// serves the next. Sans I/O. docs/compression.md.

#include "compression_level.h"
#include "mail_dictionary.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace external::link {

/// Neither end looks back further than so many bytes (2 to this power); a decompressor refuses more.
inline constexpr int largest_window_log = 21;

/// One thread at a time. Has no memory but its own size until first used.
class Compressor {
 public:
  /// Without a dictionary if that is null. `level` must not be off.
  explicit Compressor(CompressionLevel level, std::shared_ptr<const MailDictionary> dictionary = nullptr);
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;

  /// Takes the memory and learns the dictionary, which compress() does otherwise: about 20 ms at the best
  /// level. On any thread, as long as none else uses this.
  void prepare();

  /// What of `plain` can be read by the other end together with what was returned before: all of it. Throws
  /// std::bad_alloc, and is then to be thrown away.
  Bytes compress(ByteView plain);

  CompressionLevel level() const { return level_; }

  /// Other than the present one: a new frame starts, and what was learned of the mail is lost. Not off.
  void set_level(CompressionLevel level);

  /// Gives the memory back; what was learned is lost. The next compress() starts a new frame.
  void release();

  /// Bytes held.
  std::size_t memory() const;

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  CompressionLevel level_;
  std::shared_ptr<const MailDictionary> dictionary_;
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  bool frame_open_ =
      false;  ///< the other end has the beginning of a frame, which must be ended before another
};

/// One thread at a time. Has no memory but its own size until first used. Trusts nobody: memory is bounded by
/// the window, and output by the caller.
class Decompressor {
 public:
  explicit Decompressor(std::shared_ptr<const MailDictionary> dictionary = nullptr);
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  /// The plain bytes of what the other end's compress() returned, in order and whole. Errors: protocol, when
  /// it is no zstd, wants too much memory, or would become more than `limit` bytes. After an error there is
  /// nothing but errors.
  Result<Bytes> decompress(ByteView compressed, std::size_t limit);

  /// Gives the memory back. Only when the other end starts a new frame: what was learned is lost.
  void release();

  /// Bytes held.
  std::size_t memory() const;

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };

  ZSTD_DCtx_s* context();

  std::shared_ptr<const MailDictionary> dictionary_;
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
  bool failed_ = false;
};

/// False for what looks random: compressed, encrypted. That is better sent as it is, past both contexts, so
/// that it neither costs time nor drives mail out of the window. Looks at 8 KB at most.
bool worth_compressing(ByteView chunk);

}  // namespace external::link
