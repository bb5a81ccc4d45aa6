// One direction of a call at each level: our own documents as text, in chunks of 3 KB. Speed is that of plain
// bytes; `ratio` is what the whole text shrinks by.

#include "compression.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <benchmark/benchmark.h>

namespace external::link {
namespace {

constexpr std::size_t chunk_size = 3000;

std::vector<Bytes> chunks_of_text() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/docs")) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Bytes text;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    text.insert(text.end(), std::istreambuf_iterator<char>(in), {});
  }
  std::vector<Bytes> chunks;
  for (ByteView rest = text; !rest.empty();) {
    const ByteView chunk = rest.first(std::min(rest.size(), chunk_size));
    chunks.emplace_back(chunk.begin(), chunk.end());
    rest = rest.subspan(chunk.size());
  }
  return chunks;
}

std::size_t size_of(const std::vector<Bytes>& chunks) {
  std::size_t size = 0;
  for (const Bytes& chunk : chunks) size += chunk.size();
  return size;
}

std::vector<Bytes> compressed(const std::vector<Bytes>& chunks, CompressionLevel level) {
  Compressor compressor(level);
  std::vector<Bytes> packed;
  for (const Bytes& chunk : chunks) packed.push_back(compressor.compress(chunk));
  return packed;
}

void report(benchmark::State& state, const std::vector<Bytes>& plain, const std::vector<Bytes>& packed) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size_of(plain)));
  state.counters["ratio"] = static_cast<double>(size_of(plain)) / static_cast<double>(size_of(packed));
}

void compress(benchmark::State& state) {
  const auto level = static_cast<CompressionLevel>(state.range(0));
  const std::vector<Bytes> plain = chunks_of_text();
  std::vector<Bytes> packed;
  for (auto _ : state) packed = compressed(plain, level);
  report(state, plain, packed);
}
BENCHMARK(compress)->DenseRange(static_cast<int>(CompressionLevel::least),
                                static_cast<int>(CompressionLevel::best));

void decompress(benchmark::State& state) {
  const std::vector<Bytes> plain = chunks_of_text();
  const std::vector<Bytes> packed = compressed(plain, CompressionLevel::high);
  for (auto _ : state) {
    Decompressor decompressor;
    for (const Bytes& chunk : packed) {
      if (!decompressor.decompress(chunk, chunk_size))
        return state.SkipWithError("what was packed is not unpacked");
    }
  }
  report(state, plain, packed);
}
BENCHMARK(decompress);

}  // namespace
}  // namespace external::link
