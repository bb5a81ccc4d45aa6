#include "noise.h"

#include <cmath>

namespace external::phonenet {

void Noise::set_rate(double bit_error_rate) {
  rate_ = bit_error_rate;
  if (rate_ > 0) gap_ = draw_gap();
}

std::uint64_t Noise::draw_gap() {
  if (rate_ >= 1) return 0;
  // The distance between errors is geometric; drawing it costs one number per error instead of one per bit.
  const double uniform = std::uniform_real_distribution<double>(0, 1)(random_);
  return static_cast<std::uint64_t>(std::min(1e15, std::floor(std::log1p(-uniform) / std::log1p(-rate_))));
}

unsigned Noise::apply(std::span<std::uint8_t> bytes) {
  if (rate_ <= 0) return 0;
  unsigned errors = 0;
  const std::uint64_t bits = bytes.size() * 8;
  std::uint64_t at = 0;
  while (gap_ < bits - at) {
    at += gap_;
    bytes[at / 8] ^= static_cast<std::uint8_t>(1U << (at % 8));
    ++errors;
    ++at;
    gap_ = draw_gap();
  }
  gap_ -= bits - at;
  return errors;
}

}  // namespace external::phonenet
