// What a session receives: the records of a direction one after the other, since offers build on each other,
// and content on a stream of bytes, cut anywhere.

#include "../../src/session/records.h"
#include "../../src/session/segment.h"

#include <cstdlib>

namespace {

using namespace external;

/// Each record behind its length in one byte; what decodes must come back from its own bytes.
void try_records(ByteView bytes) {
  session::LastOffer last;
  while (!bytes.empty()) {
    const auto size = std::min<std::size_t>(bytes.front(), bytes.size() - 1);
    auto before = last;
    const auto record = session::decode_record(bytes.subspan(1, size), last);
    bytes = bytes.subspan(1 + size);
    if (!record) continue;
    const auto again = session::encode(*record, before);
    auto unused = session::LastOffer();
    if (!std::holds_alternative<session::OfferRecord>(*record) && !session::decode_record(again, unused))
      std::abort();
  }
}

/// The first byte says into which pieces the stream is cut; the cuts must not matter.
void try_segments(ByteView bytes) {
  if (bytes.empty()) return;
  const std::size_t step = bytes.front() + 1;
  bytes = bytes.subspan(1);
  session::SegmentReader whole;
  std::vector<session::Content> expected;
  const bool good = whole.feed(bytes, expected);
  session::SegmentReader reader;
  std::vector<session::Content> found;
  bool still_good = true;
  for (std::size_t at = 0; still_good && at < bytes.size(); at += step)
    still_good = reader.feed(bytes.subspan(at, std::min(step, bytes.size() - at)), found);
  std::size_t in_whole = 0;
  std::size_t in_pieces = 0;
  for (const auto& content : expected) in_whole += content.bytes.size();
  for (const auto& content : found) in_pieces += content.bytes.size();
  if (good != still_good || in_whole != in_pieces) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  try_records(bytes);
  try_segments(bytes);
  return 0;
}
