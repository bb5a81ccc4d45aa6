#include "escape.h"

namespace external::phonenet {
namespace {
constexpr unsigned wanted = 3;
}

void EscapeDetector::reset(TimePoint now) {
  last_ = now;
  count_ = wanted + 1;
}

bool EscapeDetector::feed(TimePoint now, ByteView bytes, std::uint8_t character, Duration guard) {
  if (bytes.empty()) return false;
  if (now - last_ >= guard) count_ = 0;
  last_ = now;
  if (character > 127) return false;
  const bool only_escapes =
      bytes.size() <= wanted &&
      std::all_of(bytes.begin(), bytes.end(), [character](std::uint8_t byte) { return byte == character; });
  count_ = only_escapes ? std::min<unsigned>(count_ + static_cast<unsigned>(bytes.size()), wanted + 1)
                        : wanted + 1;
  return count_ == wanted;
}

}  // namespace external::phonenet
