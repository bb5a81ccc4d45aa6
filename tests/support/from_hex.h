#pragma once
// Test vectors as they are published.

#include <external/base/asio.h>

#include <algorithm>

namespace external::test {

/// The bytes behind pairs of hexadecimal digits.
inline Bytes from_hex(std::string_view digits) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return bytes;
}

/// The same as an array of exactly so many bytes.
template <std::size_t size>
std::array<std::uint8_t, size> array_from_hex(std::string_view digits) {
  const auto bytes = from_hex(digits);
  if (bytes.size() != size) throw std::logic_error("a test vector of another size");
  std::array<std::uint8_t, size> array;
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

}  // namespace external::test
