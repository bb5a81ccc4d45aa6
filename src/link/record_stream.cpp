#include "record_stream.h"

#include <external/link/link.h>

namespace external::link {

bool RecordStream::feed(ByteView bytes, std::vector<Bytes>& records, std::size_t largest) {
  constexpr std::size_t longest_length = 9;
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  std::size_t used = 0;
  for (;;) {
    const auto rest = ByteView(pending_).subspan(used);
    Reader in(rest);
    const auto size = in.varint();
    if (!in.ok()) {
      if (rest.size() >= longest_length) return false;
      break;
    }
    if (size == 0 || size > largest) return false;
    const auto content = in.bytes(size);
    if (!in.ok()) break;
    records.emplace_back(content.begin(), content.end());
    used += rest.size() - in.rest().size();
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<long>(used));
  return true;
}

Bytes framed_record(ByteView record) {
  return Writer().field(record).take();
}

}  // namespace external::link
