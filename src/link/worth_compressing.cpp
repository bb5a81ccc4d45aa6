#include "compression.h"

namespace external::link {

namespace {

constexpr std::size_t slice = 512;
constexpr std::size_t slices = 16;

using Counts = std::array<std::uint32_t, 256>;

void count(ByteView bytes, Counts& counts) {
  for (const auto byte : bytes) ++counts[byte];
}

}  // namespace

// How often two bytes drawn from the chunk are equal, against the 1 in 256 of random ones: the order-0
// entropy of Renyi's second kind, which unlike Shannon's needs no correction for small samples. In random
// bytes the figure strays by sqrt(512) / size of itself; four times that is allowed for. A sixth more of
// pairs is as little as there is to gain: text has 15 times as many, base64 4 times.
bool worth_compressing(ByteView chunk) {
  Counts counts{};
  std::size_t size = 0;
  if (chunk.size() <= slice * slices) {
    count(chunk, counts);
    size = chunk.size();
  } else {
    const auto step = (chunk.size() - slice) / (slices - 1);
    for (std::size_t i = 0; i < slices; ++i) count(chunk.subspan(i * step, slice), counts);
    size = slice * slices;
  }
  if (size < 2) return true;
  double equal = 0;
  for (const double each : counts) equal += each * (each - 1);
  const auto n = static_cast<double>(size);
  const double against_random = 256 * equal / (n * (n - 1));
  constexpr double gain = 1.15;
  constexpr double stray = 4 * 22.6;
  return against_random > gain + stray / n;
}

}  // namespace external::link
