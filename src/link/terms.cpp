#include <external/link/terms.h>
#include <external/link/wire.h>

#include <limits>

namespace external::link {

namespace {

constexpr std::uint8_t encrypted_flag = 1;
constexpr std::uint8_t reliable_flag = 2;
constexpr std::uint8_t half_duplex_flag = 4;

std::uint8_t flags_of(const Terms& terms) {
  unsigned flags = 0;
  if (terms.encrypted) flags |= encrypted_flag;
  if (terms.reliable) flags |= reliable_flag;
  if (terms.half_duplex) flags |= half_duplex_flag;
  return static_cast<std::uint8_t>(flags);
}

}  // namespace

Bytes encode_terms(const Terms& terms) {
  Writer out;
  out.u8(terms.oldest).u8(terms.version).u8(flags_of(terms)).u8(terms.dictionaries).varint(terms.lost);
  return out.take();
}

std::optional<Terms> decode_terms(ByteView bytes) {
  Reader in(bytes);
  Terms terms;
  terms.oldest = in.u8();
  terms.version = in.u8();
  const auto flags = in.u8();
  terms.encrypted = (flags & encrypted_flag) != 0;
  terms.reliable = (flags & reliable_flag) != 0;
  terms.half_duplex = (flags & half_duplex_flag) != 0;
  terms.dictionaries = in.u8();
  const auto lost = in.varint();
  if (!in.ok() || terms.oldest > terms.version || lost > std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  terms.lost = static_cast<std::uint32_t>(lost);
  return terms;
}

}  // namespace external::link
