// Whatever comes from the line: frames, records of a stream, and the records of a session.

#include "../../src/link/frame.h"

#include "../../src/link/record_stream.h"
#include "../../src/session/records.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace external;
  const ByteView bytes(data, size);
  link::decode_frame(bytes);
  session::LastOffer last;
  session::decode_record(bytes, last);
  link::RecordStream stream;
  std::vector<Bytes> records;
  stream.feed(bytes, records, link::largest_record);
  return 0;
}
