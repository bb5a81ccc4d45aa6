#pragma once
// Bit errors: independent, of a given rate, repeatable by seed.

#include <external/base/asio.h>

#include <random>

namespace external::phonenet {

class Noise {
 public:
  explicit Noise(std::uint64_t seed) : random_(seed) {}

  /// Share of data bits that are inverted, 0 to 1. Start and stop bits are never hit.
  void set_rate(double bit_error_rate);
  double rate() const { return rate_; }

  /// Returns how many bits were inverted.
  unsigned apply(std::span<std::uint8_t> bytes);

 private:
  std::uint64_t draw_gap();

  std::mt19937_64 random_;
  double rate_ = 0;
  std::uint64_t gap_ = 0;  // sound bits before the next error
};

}  // namespace external::phonenet
