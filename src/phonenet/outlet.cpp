#include "outlet.h"

namespace external::phonenet {

void Outlet::send(ByteView bytes) {
  if (hold_.running()) {
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  } else if (send_ && !bytes.empty()) {
    send_(bytes);
  }
}

void Outlet::clear() {
  hold_.stop();
  waiting_.clear();
}

void Outlet::release() {
  send(std::exchange(waiting_, {}));
}

Bytes Leak::through(ByteView bytes, unsigned every) {
  Bytes kept;
  kept.reserve(bytes.size());
  for (const std::uint8_t byte : bytes) {
    if (++count_ < every || every == 0) {
      kept.push_back(byte);
    } else {
      count_ = 0;
    }
  }
  return kept;
}

}  // namespace external::phonenet
