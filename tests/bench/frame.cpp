// Frames to bytes and back, as they are on a sound line and on one that eats control characters.

#include "frame.h"

#include "random_bytes.h"

#include <benchmark/benchmark.h>

namespace external::link {
namespace {

Frame frame_of(std::size_t size) {
  Frame frame;
  frame.acknowledgement = Acknowledgement{.next = 12345, .ranges = {}};
  frame.content = Content{.place = 54321, .ends = true, .clear = false, .bytes = bench::random_bytes(size)};
  return frame;
}

void read_all(benchmark::State& state, const Bytes& encoded) {
  FrameReader reader;
  for (auto _ : state) {
    reader.feed(encoded);
    const auto item = reader.next();
    if (!item || !std::holds_alternative<Frame>(*item)) return state.SkipWithError("no frame was found");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void encode(benchmark::State& state) {
  const Frame frame = frame_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(encode_frame(frame));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode)->Arg(64)->Arg(512)->Arg(4096);

void decode(benchmark::State& state) {
  read_all(state, encode_frame(frame_of(static_cast<std::size_t>(state.range(0)))));
}
BENCHMARK(decode)->Arg(64)->Arg(512)->Arg(4096);

void encode_without_unsafe_bytes(benchmark::State& state) {
  const Frame frame = frame_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(encode_escaped(frame, unsafe_bytes()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode_without_unsafe_bytes)->Arg(512)->Arg(4096);

void decode_without_unsafe_bytes(benchmark::State& state) {
  read_all(state, encode_escaped(frame_of(static_cast<std::size_t>(state.range(0))), unsafe_bytes()));
}
BENCHMARK(decode_without_unsafe_bytes)->Arg(512)->Arg(4096);

}  // namespace
}  // namespace external::link
