// Whatever comes from the line: frames in both forms, what they are put together to, and records.

#include "../../src/link/frame.h"

#include "../../src/link/receive_window.h"
#include "../../src/link/record_stream.h"
#include "../../src/link/send_window.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace external;
  const ByteView bytes(data, size);
  link::FrameReader reader;
  link::ReceiveWindow received;
  link::SendWindow sent;
  sent.add({0, true, false, Bytes(1000, 1)}, TimePoint());
  // In two parts, so that a frame is also seen before it is whole.
  for (const auto part : {bytes.first(size / 2), bytes.subspan(size / 2)}) {
    reader.feed(part);
    while (auto item = reader.next()) {
      auto* frame = std::get_if<link::Frame>(&*item);
      if (!frame) continue;
      if (frame->acknowledgement) sent.acknowledge(*frame->acknowledgement, TimePoint());
      if (frame->content) received.add(std::move(*frame->content));
      received.ready();
    }
  }
  received.acknowledgement();
  link::losses_in(bytes);
  link::RecordStream stream;
  std::vector<Bytes> records;
  stream.feed(bytes, records, link::largest_record);
  return 0;
}
