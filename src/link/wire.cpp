#include <external/link/wire.h>

namespace external::link {

Writer& Writer::u8(std::uint8_t value) {
  out_.push_back(value);
  return *this;
}

Writer& Writer::u16(std::uint16_t value) {
  return u8(static_cast<std::uint8_t>(value >> 8)).u8(static_cast<std::uint8_t>(value));
}

Writer& Writer::u24(std::uint32_t value) {
  return u8(static_cast<std::uint8_t>(value >> 16)).u16(static_cast<std::uint16_t>(value));
}

Writer& Writer::u32(std::uint32_t value) {
  return u16(static_cast<std::uint16_t>(value >> 16)).u16(static_cast<std::uint16_t>(value));
}

Writer& Writer::varint(std::uint64_t value) {
  while (value >= 0x80) {
    u8(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  return u8(static_cast<std::uint8_t>(value));
}

Writer& Writer::bytes(ByteView value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::field(ByteView value) {
  return varint(value.size()).bytes(value);
}

std::uint8_t Reader::u8() {
  const auto one = bytes(1);
  return one.empty() ? 0 : one[0];
}

std::uint16_t Reader::u16() {
  const auto two = bytes(2);
  return two.empty() ? 0 : static_cast<std::uint16_t>(two[0] << 8 | two[1]);
}

std::uint32_t Reader::u24() {
  const std::uint32_t high = u8();
  return high << 16 | u16();
}

std::uint32_t Reader::u32() {
  const std::uint32_t high = u16();
  return high << 16 | u16();
}

std::uint64_t Reader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 63; shift += 7) {
    const std::uint8_t byte = u8();
    if (!ok_) return 0;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  ok_ = false;
  return 0;
}

ByteView Reader::bytes(std::size_t count) {
  if (!ok_ || count > in_.size()) {
    ok_ = false;
    return {};
  }
  const auto taken = in_.first(count);
  in_ = in_.subspan(count);
  return taken;
}

ByteView Reader::field() {
  const auto size = varint();
  return bytes(size);
}

}  // namespace external::link
