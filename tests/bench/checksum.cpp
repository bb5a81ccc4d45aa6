// The check of each frame, and the search for a single wrong bit.

#include "checksum.h"

#include "random_bytes.h"

#include <benchmark/benchmark.h>

namespace external::link {
namespace {

void crc_32c(benchmark::State& state) {
  const Bytes bytes = bench::random_bytes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(crc_32c)->Arg(16)->Arg(256)->Arg(4096);

void mending_a_bit(benchmark::State& state) {
  Bytes bytes = bench::random_bytes(static_cast<std::size_t>(state.range(0)));
  const std::uint32_t check = crc32c(bytes);
  for (auto _ : state) {
    bytes[bytes.size() / 2] ^= 0x10;
    if (!mend_single_bit(bytes, check)) return state.SkipWithError("the bit was not found");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(mending_a_bit)->Arg(256)->Arg(4096);

}  // namespace
}  // namespace external::link
