#include "refusal.h"

#include <external/link/wire.h>

namespace external::link {

namespace {

struct Reason {
  Error error;
  std::uint8_t number;
};

constexpr std::array reasons{Reason{Error::protocol, 0},      Reason{Error::wrong_credentials, 1},
                             Reason{Error::wrong_address, 2}, Reason{Error::wrong_version, 3},
                             Reason{Error::busy, 4},          Reason{Error::encryption, 5}};

}  // namespace

Bytes encode_refusal(error_code why) {
  const auto* found =
      std::find_if(reasons.begin(), reasons.end(), [&](const Reason& reason) { return why == reason.error; });
  const auto& reason = found == reasons.end() ? reasons.front() : *found;
  Writer out;
  out.u8(reason.number).text(make_error_code(reason.error).message().substr(0, longest_refusal_text));
  return out.take();
}

std::optional<Refusal> decode_refusal(ByteView bytes) {
  Reader in(bytes);
  const auto number = in.u8();
  if (!in.ok()) return std::nullopt;
  const auto* found = std::find_if(reasons.begin(), reasons.end(),
                                   [&](const Reason& reason) { return number == reason.number; });
  const auto& reason = found == reasons.end() ? reasons.front() : *found;
  const auto text = as_text(in.rest()).substr(0, longest_refusal_text);
  return Refusal{make_error_code(reason.error), std::string(text)};
}

}  // namespace external::link
