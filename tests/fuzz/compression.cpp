// Chunks from the other end: whatever they hold, they become at most what was allowed, or an error. Those
// that start with an even byte are what a compressor made of the rest, and come back as they were.

#include "../../src/link/compression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace external;
  using namespace external::link;
  if (size == 0) return 0;
  static const auto dictionary = MailDictionary::load(1);
  const ByteView rest(data + 1, size - 1);
  worth_compressing(rest);
  Decompressor in((*data & 2) != 0 ? dictionary : nullptr);
  if (*data % 2 == 0) {
    Compressor out(CompressionLevel::least, (*data & 2) != 0 ? dictionary : nullptr);
    for (const auto half : {rest.first(rest.size() / 2), rest.subspan(rest.size() / 2)}) {
      const auto there = in.decompress(out.compress(half), half.size());
      if (!there || !std::equal(half.begin(), half.end(), there->begin(), there->end())) std::abort();
    }
    return 0;
  }
  constexpr std::size_t limit = 100'000;
  for (const auto half : {rest.first(rest.size() / 2), rest.subspan(rest.size() / 2)}) {
    const auto there = in.decompress(half, limit);
    if (there && there->size() > limit) std::abort();
    if (in.memory() > 4U << 20) std::abort();
  }
  return 0;
}
