#include "checksum.h"

#include <boost/crc.hpp>

#include <bit>

namespace external::link {

namespace {
constexpr std::uint32_t reflected_polynomial = 0x82F63B78;
}

std::uint32_t crc32c(ByteView bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

std::uint8_t crc8(ByteView bytes) {
  boost::crc_optimal<8, 0x2F, 0xFF, 0xFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

bool mend_single_bit(std::span<std::uint8_t> bytes, std::uint32_t check) {
  const std::uint32_t difference = crc32c(bytes) ^ check;
  if (std::popcount(difference) == 1) return true;  // the wrong bit is in the check itself
  // What a wrong bit does to the check, from the last bit of the content backwards: one step of the register
  // for each bit that follows it.
  std::uint32_t effect = reflected_polynomial;
  for (std::size_t bit = bytes.size() * 8; bit-- > 0;) {
    if (effect == difference) {
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      return true;
    }
    effect = effect >> 1 ^ (effect & 1 ? reflected_polynomial : 0);
  }
  return false;
}

}  // namespace external::link
