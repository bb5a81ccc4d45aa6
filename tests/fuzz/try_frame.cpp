#include "../../src/link/frame.h"
#include "../../src/link/receive_window.h"
#include "../../src/link/record_stream.h"
#include "../../src/link/send_window.h"
#include "inputs.h"
#include "require.h"

#include <stdexcept>

namespace external::fuzz {

namespace {

using namespace link;

std::vector<Frame> frames_in(ByteView bytes) {
  FrameReader reader;
  reader.feed(bytes);
  std::vector<Frame> frames;
  while (auto item = reader.next()) {
    if (auto* frame = std::get_if<Frame>(&*item)) frames.push_back(std::move(*frame));
  }
  return frames;
}

/// What was read, or mended, is a frame that this end could have sent.
void come_back(const Frame& frame) {
  for (const auto& line : {encode_frame(frame), encode_escaped(frame, unsafe_bytes())}) {
    const auto again = frames_in(line);
    require(again.size() == 1, "a frame that was read is not found again");
    require(encode_frame(again.front()) == encode_frame(frame), "a frame changes on its way");
  }
}

void try_line(ByteView bytes) {
  FrameReader reader;
  ReceiveWindow received;
  SendWindow sent;
  sent.add({0, true, false, Bytes(1000, 1)}, TimePoint());
  // In two parts, so that a frame is also seen before it is whole.
  for (const auto part : {bytes.first(bytes.size() / 2), bytes.subspan(bytes.size() / 2)}) {
    reader.feed(part);
    while (auto item = reader.next()) {
      auto* frame = std::get_if<Frame>(&*item);
      if (!frame) continue;
      come_back(*frame);
      if (frame->acknowledgement) sent.acknowledge(*frame->acknowledgement, TimePoint());
      if (frame->content) received.add(std::move(*frame->content));
      received.ready();
    }
  }
  require(received.acknowledgement().ranges.size() <= most_ack_ranges, "too many gaps");
}

}  // namespace

void try_frame(ByteView input) {
  try_line(input);
  losses_in(input);
  RecordStream stream;
  std::vector<Bytes> records;
  stream.feed(input, records, largest_record);
}

}  // namespace external::fuzz
