#pragma once
// Frames: what an end of the line says at a time. docs/protocol.md, "Frames".

#include "transparency.h"

#include <external/link/link.h>

#include <variant>

namespace external::link {

/// Content of one frame, bytes.
inline constexpr std::size_t largest_content = 4096;

/// Places are counted in bytes of content since the start of the call and travel modulo 2^24.
inline constexpr std::uint32_t place_modulus = 1 << 24;

inline constexpr std::size_t most_ack_ranges = 64;

/// Bytes of a frame with content that are not content: head 7, check 4.
inline constexpr std::size_t content_overhead = 11;

/// Everything before `next` has arrived; from there on so many bytes are missing, so many present, and so on.
struct Acknowledgement {
  struct Range {
    std::uint64_t missing = 0;
    std::uint64_t present = 0;
  };
  std::uint32_t next = 0;
  std::vector<Range> ranges;
};

/// A part of a chunk.
struct Content {
  std::uint32_t place = 0;  ///< of the first byte
  bool ends = false;        ///< the chunk ends with it
  bool clear = false;       ///< the chunk is not sealed: it belongs to the signing on
  Bytes bytes;              ///< never empty
};

struct Frame {
  bool urge = false;  ///< an acknowledgement is wanted at once
  bool over = false;  ///< half duplex: the other end may send now
  std::optional<Acknowledgement> acknowledgement;
  std::optional<Losses>
      losses;  ///< what the line eats on its way to the sender of this frame; without content
  std::optional<Content> content;
};

/// The frame as it goes on a line that carries every byte.
Bytes encode_frame(const Frame& frame);

/// The frame as it goes on a line that must not see the bytes of `avoid`: marks around it.
Bytes encode_escaped(const Frame& frame, const ByteSet& avoid);

enum class FrameError { malformed, bad_check };

/// The probe of the other end.
struct Probe {
  Losses losses = 0;
};

/// Finds frames in what a line delivers. It never waits for a frame longer than the longest one, finds the
/// next whole frame behind anything, and mends frames with one wrong bit.
class FrameReader {
 public:
  using Item = std::variant<Frame, FrameError, Probe>;

  /// Takes bytes; what they complete is in next().
  void feed(ByteView bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }

  /// The next item; nothing if it needs more bytes. Bytes between frames are passed over in silence.
  std::optional<Item> next();

  std::uint64_t mended() const { return mended_; }

  /// Behind a frame came no frame: its first byte is none of a frame, or its head has a wrong check.
  std::uint64_t bad_starts() const { return bad_starts_; }
  std::uint64_t bad_heads() const { return bad_heads_; }

 private:
  struct Cut;
  Cut cut_plain();
  Cut cut_escaped();
  void count(const Cut& cut);
  Item check(std::span<std::uint8_t> whole);
  ByteView rest() const { return ByteView(buffer_).subspan(at_); }

  Bytes buffer_;
  std::size_t at_ = 0;    ///< of what is not read yet
  bool in_step_ = false;  ///< right behind a frame
  std::uint64_t mended_ = 0;
  std::uint64_t bad_starts_ = 0;
  std::uint64_t bad_heads_ = 0;
};

}  // namespace external::link
