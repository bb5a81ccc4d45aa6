#include "frame.h"

#include "checksum.h"

#include <external/link/wire.h>

namespace external::link {

namespace {

// The first byte of a frame: a form, and what is in it.
constexpr std::uint8_t form_content = 0xA0;  // 0xA0..0xBF
constexpr std::uint8_t form_bare = 0xC0;     // 0xC0..0xCF
constexpr std::uint8_t bit_over = 0x01;
constexpr std::uint8_t bit_acknowledgement = 0x02;
constexpr std::uint8_t bit_urge = 0x04;
constexpr std::uint8_t bit_clear = 0x08;   // with content
constexpr std::uint8_t bit_ends = 0x10;    // with content
constexpr std::uint8_t bit_losses = 0x08;  // without

constexpr std::size_t check_size = 4;
constexpr std::size_t longest_escaped_head = 14;
constexpr std::size_t largest_body = largest_content + 4 + most_ack_ranges * 8;

bool has_content(std::uint8_t first) {
  return (first & 0xE0) == form_content;
}

bool is_frame(std::uint8_t first) {
  return has_content(first) || (first & 0xF0) == form_bare;
}

std::size_t head_size(std::uint8_t first) {
  return has_content(first) ? 7 : 4;
}

std::uint8_t first_byte(const Frame& frame) {
  std::uint8_t first = frame.content ? form_content : form_bare;
  if (frame.over) first |= bit_over;
  if (frame.acknowledgement) first |= bit_acknowledgement;
  if (frame.urge) first |= bit_urge;
  if (frame.content && frame.content->clear) first |= bit_clear;
  if (frame.content && frame.content->ends) first |= bit_ends;
  if (!frame.content && frame.losses) first |= bit_losses;
  return first;
}

Bytes body_of(const Frame& frame) {
  Writer body;
  if (frame.acknowledgement) {
    body.u24(frame.acknowledgement->next).u8(static_cast<std::uint8_t>(frame.acknowledgement->ranges.size()));
    for (const auto& range : frame.acknowledgement->ranges) body.varint(range.missing).varint(range.present);
  }
  if (frame.content) {
    body.bytes(frame.content->bytes);
  } else if (frame.losses) {
    body.u32(*frame.losses);
  }
  return body.take();
}

std::optional<Acknowledgement> read_acknowledgement(Reader& in) {
  Acknowledgement acknowledgement;
  acknowledgement.next = in.u24();
  const auto count = in.u8();
  if (count > most_ack_ranges) return std::nullopt;
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto missing = in.varint();
    const auto present = in.varint();
    acknowledgement.ranges.push_back({missing, present});
  }
  return acknowledgement;
}

/// A frame whose checks are right. Nothing if it makes no sense all the same.
std::optional<Frame> parse(ByteView whole) {
  Reader in(whole.first(whole.size() - check_size));
  const auto first = in.u8();
  in.u16();
  Frame frame;
  frame.over = first & bit_over;
  frame.urge = first & bit_urge;
  std::uint32_t place = 0;
  if (has_content(first)) place = in.u24();
  in.u8();
  if (first & bit_acknowledgement) {
    frame.acknowledgement = read_acknowledgement(in);
    if (!frame.acknowledgement) return std::nullopt;
  }
  if (has_content(first)) {
    const auto bytes = in.rest();
    if (bytes.empty() || bytes.size() > largest_content) return std::nullopt;
    frame.content =
        Content{place, (first & bit_ends) != 0, (first & bit_clear) != 0, Bytes(bytes.begin(), bytes.end())};
  } else if (first & bit_losses) {
    frame.losses = in.u32();
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return frame;
}

/// How long the frame is that `bytes` start with, as far as the head tells; 0: more bytes are needed;
/// nothing: no frame starts here.
std::optional<std::size_t> frame_size(ByteView bytes) {
  if (bytes.empty()) return 0;
  if (!is_frame(bytes[0])) return std::nullopt;
  const auto head = head_size(bytes[0]);
  if (bytes.size() < head) return 0;
  if (crc8(bytes.first(head - 1)) != bytes[head - 1]) return std::nullopt;
  const std::size_t body = static_cast<std::size_t>(bytes[1]) << 8 | bytes[2];
  if (body > largest_body) return std::nullopt;
  return head + body + check_size;
}

}  // namespace

Bytes encode_frame(const Frame& frame) {
  const Bytes body = body_of(frame);
  Writer out;
  out.u8(first_byte(frame)).u16(static_cast<std::uint16_t>(body.size()));
  if (frame.content) out.u24(frame.content->place);
  out.u8(crc8(out.data()));
  out.bytes(body);
  out.u32(crc32c(out.data()));
  return out.take();
}

Bytes encode_escaped(const Frame& frame, const ByteSet& avoid) {
  Bytes line{mark};
  escape(encode_frame(frame), avoid, line);
  line.push_back(mark);
  return line;
}

/// What stands at the start of the buffer.
struct FrameReader::Cut {
  bool waits = false;        ///< more bytes are needed
  std::size_t size = 0;      ///< to be dropped
  std::optional<Item> item;  ///< what it was, if it is worth telling
};

FrameReader::Cut FrameReader::cut_plain() {
  const auto size = frame_size(rest());
  Cut cut;
  if (!size) {
    cut.size = 1;
    return cut;
  }
  if (*size == 0 || rest().size() < *size) {
    cut.waits = true;
    return cut;
  }
  cut.item = check(std::span(buffer_).subspan(at_, *size));
  cut.size = *size;
  if (!std::holds_alternative<FrameError>(*cut.item)) return cut;
  // If another frame follows where this one says that it ends, nothing was lost or put in between. Otherwise
  // the next one may start anywhere.
  const auto behind = frame_size(rest().subspan(*size));
  if (!behind || *behind == 0) cut.size = 1;
  return cut;
}

FrameReader::Item FrameReader::check(std::span<std::uint8_t> whole) {
  const auto check = Reader(whole.last(check_size)).u32();
  const auto checked = whole.first(whole.size() - check_size);
  if (crc32c(checked) != check) {
    if (!mend_single_bit(checked, check)) return FrameError::bad_check;
    ++mended_;
  }
  auto frame = parse(whole);
  if (!frame) return FrameError::malformed;
  return std::move(*frame);
}

FrameReader::Cut FrameReader::cut_escaped() {
  const auto behind_mark = rest().subspan(1);
  const auto end = std::find(behind_mark.begin(), behind_mark.end(), mark);
  const bool ended = end != behind_mark.end();
  const auto inner = behind_mark.first(static_cast<std::size_t>(end - behind_mark.begin()));
  // Unless a frame is behind it, only the mark goes: the one that ends a torn frame may start the next.
  Cut cut{!ended, 1, {}};
  if (inner.empty()) return cut;
  if (inner[0] == probe_text()[0]) {
    if (ended) return {false, inner.size() + 2, Probe{losses_in(inner)}};
    cut.waits = inner.size() < 2 * probe_text().size();
    return cut;
  }
  // The head tells at once whether this is a frame, and how long it is; the rest is looked at when it is
  // here.
  const auto size = frame_size(unescape(inner.first(std::min(inner.size(), longest_escaped_head))));
  if (!size) return {false, 1, {}};
  if (*size == 0) return cut;
  if (!ended) {
    cut.waits = inner.size() <= 2 * *size;
    return cut;
  }
  Bytes plain = unescape(inner);
  if (plain.size() != *size) return {false, 1 + inner.size(), FrameError::bad_check};
  return {false, inner.size() + 2, check(plain)};
}

void FrameReader::count(const Cut& cut) {
  if (in_step_ && !cut.item) ++(is_frame(buffer_[at_]) ? bad_heads_ : bad_starts_);
  in_step_ = cut.item && !std::holds_alternative<FrameError>(*cut.item);
}

std::optional<FrameReader::Item> FrameReader::next() {
  while (at_ < buffer_.size()) {
    Cut cut = buffer_[at_] == mark ? cut_escaped() : cut_plain();
    if (cut.waits) break;
    count(cut);
    at_ += cut.size;
    if (cut.item) return std::move(cut.item);
  }
  if (at_ > 0) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<long>(at_));
    at_ = 0;
  }
  return std::nullopt;
}

}  // namespace external::link
