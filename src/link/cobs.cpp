#include "cobs.h"

namespace external::link {

namespace {
constexpr std::size_t longest_run = 254;
}

void cobs_encode(ByteView plain, Bytes& out) {
  std::size_t at = 0;
  for (;;) {
    const auto rest = plain.subspan(at);
    const auto limit = rest.first(std::min(rest.size(), longest_run));
    const auto run = static_cast<std::size_t>(std::find(limit.begin(), limit.end(), 0) - limit.begin());
    out.push_back(static_cast<std::uint8_t>(run + 1));
    out.insert(out.end(), rest.begin(), rest.begin() + static_cast<long>(run));
    at += run;
    if (at == plain.size()) return;
    // A full run stands for itself alone; a shorter one ended at a zero, which it implies.
    if (run < longest_run) ++at;
  }
}

std::optional<Bytes> cobs_decode(ByteView encoded) {
  Bytes plain;
  plain.reserve(encoded.size());
  std::size_t at = 0;
  while (at < encoded.size()) {
    const std::size_t code = encoded[at++];
    if (code == 0 || at + code - 1 > encoded.size()) return std::nullopt;
    plain.insert(plain.end(), encoded.begin() + static_cast<long>(at),
                 encoded.begin() + static_cast<long>(at + code - 1));
    at += code - 1;
    if (code <= longest_run && at < encoded.size()) plain.push_back(0);
  }
  if (encoded.empty()) return std::nullopt;
  return plain;
}

}  // namespace external::link
