#pragma once
// What the parts are measured with: bytes that are the same in every run.

#include <external/base/asio.h>

#include <random>

namespace external::bench {

inline Bytes random_bytes(std::size_t size) {
  std::mt19937_64 random(1);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

}  // namespace external::bench
