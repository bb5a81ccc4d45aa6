#include "frame.h"

#include "cobs.h"

#include <external/link/wire.h>

#include <boost/crc.hpp>

namespace external::link {

namespace {

constexpr std::uint8_t kind_data = 0;
constexpr std::uint8_t kind_ack = 1;
constexpr std::uint8_t kind_probe = 2;
constexpr std::size_t check_size = 4;

std::uint32_t crc32c(ByteView bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

std::uint8_t head(std::uint8_t kind, Stream stream = Stream::control) {
  return static_cast<std::uint8_t>(kind << 4 | static_cast<std::uint8_t>(stream));
}

void write_body(Writer& out, const DataFrame& frame) {
  out.u8(head(kind_data, frame.stream)).u24(frame.place).bytes(frame.content);
}

void write_body(Writer& out, const AckFrame& frame) {
  out.u8(head(kind_ack)).u24(frame.next);
  for (const auto& range : frame.ranges) out.varint(range.missing).varint(range.present);
}

void write_body(Writer& out, const ProbeFrame&) {
  out.u8(head(kind_probe));
}

std::variant<Frame, FrameError> read_data(Reader& in, std::uint8_t stream) {
  if (stream >= stream_count) return FrameError::malformed;
  DataFrame frame{static_cast<Stream>(stream), in.u24(), {}};
  const auto content = in.rest();
  if (!in.ok() || content.empty()) return FrameError::malformed;
  frame.content.assign(content.begin(), content.end());
  return Frame(std::move(frame));
}

std::variant<Frame, FrameError> read_ack(Reader& in) {
  AckFrame frame;
  frame.next = in.u24();
  while (in.ok() && !in.at_end() && frame.ranges.size() < most_ack_ranges) {
    frame.ranges.push_back({in.varint(), in.varint()});
  }
  if (!in.ok() || !in.at_end()) return FrameError::malformed;
  return Frame(std::move(frame));
}

}  // namespace

Bytes encode_frame(const Frame& frame) {
  Writer body;
  std::visit([&](const auto& content) { write_body(body, content); }, frame);
  body.u32(crc32c(body.data()));
  Bytes line;
  line.reserve(body.data().size() + body.data().size() / 254 + 2);
  cobs_encode(body.data(), line);
  line.push_back(delimiter);
  return line;
}

std::variant<Frame, FrameError> decode_frame(ByteView encoded) {
  const auto body = cobs_decode(encoded);
  if (!body || body->size() < 1 + check_size) return FrameError::malformed;
  const auto content = ByteView(*body).first(body->size() - check_size);
  if (Reader(ByteView(*body).last(check_size)).u32() != crc32c(content)) return FrameError::bad_check;
  Reader in(content);
  const std::uint8_t first = in.u8();
  switch (first >> 4) {
    case kind_data:
      return read_data(in, first & 15);
    case kind_ack:
      return read_ack(in);
    case kind_probe:
      return Frame(ProbeFrame{});
    default:
      return FrameError::unknown_kind;
  }
}

}  // namespace external::link
