#pragma once
// Content on the streams of bytes: segments, each a header and that many bytes of one message.
// docs/protocol.md, "Content".

#include <external/base/asio.h>

namespace external::session {

/// Largest length that a segment may announce, bytes.
inline constexpr std::uint64_t largest_segment = 1 << 20;

/// Bytes of the content of one message.
struct Content {
  std::uint64_t transfer = 0;
  std::uint64_t offset = 0;  ///< of the first of `bytes` in the content
  ByteView bytes;            ///< never empty
};

/// Adds a whole segment to `out`. `content.bytes` has at most largest_segment bytes.
void put_segment(Bytes& out, const Content& content);

/// Takes one stream apart as its bytes arrive, without waiting for whole segments.
class SegmentReader {
 public:
  /// Adds what `bytes` hold of content, in order, to `found`, which refers to `bytes`. False: it is no stream
  /// of segments.
  bool feed(ByteView bytes, std::vector<Content>& found);

 private:
  /// True once the header is whole; takes its bytes from `bytes`.
  bool read_header(ByteView& bytes);

  Bytes header_;  ///< what has come of a header that is not whole yet
  std::uint64_t transfer_ = 0;
  std::uint64_t offset_ = 0;  ///< of the next byte of content
  std::uint64_t left_ = 0;    ///< bytes of content until the segment ends
};

}  // namespace external::session
