#include "outlet.h"

namespace external::phonenet {
namespace {

constexpr std::uint8_t xon = 0x11;
constexpr std::uint8_t xoff = 0x13;
constexpr std::uint8_t interpret_as_command = 0xFF;
constexpr std::uint8_t seven_bits = 0x7F;

}  // namespace

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

Bytes without(Eaten eaten, ByteView bytes) {
  Bytes left(bytes.begin(), bytes.end());
  if (eaten == Eaten::flow_control)
    std::erase_if(left, [](std::uint8_t byte) { return byte == xon || byte == xoff; });
  if (eaten == Eaten::telnet) std::erase(left, interpret_as_command);
  if (eaten == Eaten::eighth_bit) {
    for (auto& byte : left) byte &= seven_bits;
  }
  return left;
}

}  // namespace external::phonenet
