// Writing without the bytes that a line eats.

#include "transparency.h"

#include "random_bytes.h"

#include <benchmark/benchmark.h>

namespace external::link {
namespace {

void escaping(benchmark::State& state) {
  const Bytes plain = bench::random_bytes(4096);
  Bytes out;
  for (auto _ : state) {
    out.clear();
    escape(plain, unsafe_bytes(), out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(plain.size()));
}
BENCHMARK(escaping);

void unescaping(benchmark::State& state) {
  const Bytes plain = bench::random_bytes(4096);
  Bytes escaped;
  escape(plain, unsafe_bytes(), escaped);
  for (auto _ : state) benchmark::DoNotOptimize(unescape(escaped));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(plain.size()));
}
BENCHMARK(unescaping);

}  // namespace
}  // namespace external::link
