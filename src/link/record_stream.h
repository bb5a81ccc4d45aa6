#pragma once
// Records out of the bytes of one stream: length, then content, wherever frames cut them.

#include <external/link/wire.h>

namespace external::link {

class RecordStream {
 public:
  /// Takes bytes in order and appends the records they complete. False: the stream breaks the protocol, by a
  /// record that is empty or has more than `largest` bytes.
  bool feed(ByteView bytes, std::vector<Bytes>& records, std::size_t largest);

 private:
  Bytes pending_;
};

/// The record with its length in front.
Bytes framed_record(ByteView record);

}  // namespace external::link
