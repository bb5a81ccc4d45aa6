#pragma once
// Whatever an RFC 2217 server sends, in one piece or byte by byte.

#include "../../src/line/rfc2217_protocol.h"

#include <cstdlib>

namespace external::test {

struct TelnetOutcome {
  bool trusted = true;
  Bytes data;
  Bytes answers;
  unsigned speed = 0;
  bool suspended = false;
};

inline TelnetOutcome hear(ByteView bytes, std::size_t step) {
  line::Rfc2217Protocol protocol;
  protocol.offer_options();
  protocol.set_up(9600, false);
  TelnetOutcome outcome;
  while (outcome.trusted && !bytes.empty()) {
    const auto piece = bytes.first(std::min(step, bytes.size()));
    outcome.trusted = protocol.feed(piece);
    bytes = bytes.subspan(piece.size());
  }
  outcome.data.resize(protocol.received());
  protocol.take(outcome.data);
  protocol.send_data(outcome.data);
  while (!protocol.outgoing().empty()) {
    const auto front = protocol.outgoing().front();
    outcome.answers.insert(outcome.answers.end(), front.begin(), front.end());
    protocol.outgoing().sent(front.size());
  }
  outcome.speed = protocol.speed();
  outcome.suspended = protocol.suspended();
  protocol.purge_input();
  protocol.take_control_lines();
  protocol.port_errors();
  return outcome;
}

/// Aborts where the outcome depends on how the bytes were cut, or more comes out than went in.
inline void fuzz_telnet(ByteView bytes) {
  const auto whole = hear(bytes, std::max<std::size_t>(bytes.size(), 1));
  const auto pieces = hear(bytes, 1);
  if (whole.data.size() > bytes.size() || whole.trusted != pieces.trusted) std::abort();
  if (!whole.trusted) return;
  if (whole.data != pieces.data || whole.answers != pieces.answers || whole.speed != pieces.speed ||
      whole.suspended != pieces.suspended) {
    std::abort();
  }
}

}  // namespace external::test
