#pragma once
// Frames: what stands between two delimiters. docs/protocol.md, "Frames".

#include <external/link/link.h>

namespace external::link {

inline constexpr std::uint8_t delimiter = 0;
inline constexpr std::size_t largest_content = 16384;

/// Places are counted in bytes of content since the start of the call, over all streams, and travel modulo
/// 2^24.
inline constexpr std::uint32_t place_modulus = 1 << 24;

struct DataFrame {
  Stream stream = Stream::control;
  std::uint32_t place = 0;  ///< of the first byte of content
  Bytes content;
};

/// Everything before `next` has arrived; from there on so many bytes are missing, so many present, and so on.
struct AckFrame {
  struct Range {
    std::uint64_t missing = 0;
    std::uint64_t present = 0;
  };
  std::uint32_t next = 0;
  std::vector<Range> ranges;
};
inline constexpr std::size_t most_ack_ranges = 32;

struct ProbeFrame {};

using Frame = std::variant<DataFrame, AckFrame, ProbeFrame>;

/// The frame as it goes on the line, delimiter included.
Bytes encode_frame(const Frame& frame);

enum class FrameError { none, malformed, bad_check, unknown_kind };

/// The frame in `encoded` (without delimiter), or why there is none.
std::variant<Frame, FrameError> decode_frame(ByteView encoded);

}  // namespace external::link
