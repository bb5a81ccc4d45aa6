#pragma once
// Whatever a client of RFC 2217 sends, in one piece or byte by byte.

#include <external/line/com_port_server.h>

#include <cstdlib>

namespace external::test {

/// What a client was told, and what it wanted of its port.
struct ComPortOutcome {
  bool trusted = true;
  Bytes data;
  Bytes answers;
  std::string wishes;

  bool operator==(const ComPortOutcome&) const = default;
};

inline ComPortOutcome serve_com_port(ByteView bytes, std::size_t step) {
  ComPortOutcome outcome;
  const auto note = [&outcome](char wish, unsigned value) { outcome.wishes += wish + std::to_string(value); };
  line::ComPortServer::Port port;
  port.to_client = [&](ByteView told) {
    outcome.answers.insert(outcome.answers.end(), told.begin(), told.end());
  };
  port.data = [&](ByteView data) { outcome.data.insert(outcome.data.end(), data.begin(), data.end()); };
  port.speed = [&](unsigned speed) {
    note('s', speed);
    return speed;
  };
  port.dtr = [&](bool high) { note('d', high); };
  port.rts = [&](bool high) { note('r', high); };
  port.line_break = [&](bool on) { note('b', on); };
  port.purge_input = [&] { note('i', 0); };
  port.purge_output = [&] { note('o', 0); };
  port.suspend = [&](bool wait) { note('w', wait); };
  port.lines = [] { return line::ControlLines{}; };
  line::ComPortServer server(std::move(port), "a port");
  while (outcome.trusted && !bytes.empty()) {
    const auto piece = bytes.first(std::min(step, bytes.size()));
    outcome.trusted = server.receive(piece);
    bytes = bytes.subspan(piece.size());
  }
  return outcome;
}

/// Aborts where the outcome depends on how the bytes were cut, more comes out than went in, or a client gets
/// many more bytes for an answer than it has sent.
inline void fuzz_com_port(ByteView bytes) {
  constexpr std::size_t greeting = 64;
  constexpr std::size_t most_for_a_byte = 8;
  const auto whole = serve_com_port(bytes, std::max<std::size_t>(bytes.size(), 1));
  const auto pieces = serve_com_port(bytes, 1);
  if (whole.data.size() > bytes.size() || whole.trusted != pieces.trusted) std::abort();
  if (whole.answers.size() > greeting + most_for_a_byte * bytes.size()) std::abort();
  if (whole.trusted && whole != pieces) std::abort();
}

}  // namespace external::test
