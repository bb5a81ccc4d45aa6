#include <external/link/wire.h>
#include <external/session/envelope.h>

namespace external::session {

namespace {

using link::Reader;
using link::Writer;

enum Tag : std::uint8_t {
  tag_key = 1,
  tag_sender = 2,
  tag_recipient = 3,
  tag_priority = 4,
  tag_accepted = 5,
  tag_useful_life = 6,
  tag_hop = 7,
  tag_receipt = 8,
};

void put(Writer& out, Tag tag, std::string_view value) {
  out.u8(tag).field(as_bytes(value));
}

void put(Writer& out, Tag tag, std::uint64_t number) {
  out.u8(tag).field(Writer().varint(number).data());
}

std::optional<std::uint64_t> number_in(ByteView value) {
  Reader in(value);
  const auto number = in.varint();
  if (!in.ok()) return std::nullopt;
  return number;
}

/// False if the field has a value that makes no sense.
bool take(Envelope& envelope, std::uint8_t tag, ByteView value) {
  constexpr std::uint64_t largest_time = 1ULL
                                         << 40;  // seconds; far beyond any calendar, within every duration
  const std::string text(as_text(value));
  const auto number = number_in(value);
  switch (tag) {
    case tag_key:
      envelope.key = text;
      return true;
    case tag_sender:
      envelope.sender = text;
      return true;
    case tag_recipient:
      envelope.recipients.push_back(text);
      return true;
    case tag_hop:
      envelope.hops.push_back(text);
      return true;
    case tag_receipt:
      envelope.receipt = number == 1U;
      return true;
    case tag_priority:
      if (!number || *number > static_cast<std::uint64_t>(Priority::low)) return false;
      envelope.priority = static_cast<Priority>(*number);
      return true;
    case tag_accepted:
      if (!number || *number > largest_time) return false;
      envelope.accepted = std::chrono::sys_seconds(std::chrono::seconds(*number));
      return true;
    case tag_useful_life:
      if (!number || *number > largest_time) return false;
      envelope.useful_life = std::chrono::seconds(*number);
      return true;
    default:
      return true;
  }
}

}  // namespace

Bytes encode(const Envelope& envelope) {
  Writer out;
  put(out, tag_key, envelope.key);
  put(out, tag_sender, envelope.sender);
  for (const auto& recipient : envelope.recipients) put(out, tag_recipient, recipient);
  put(out, tag_priority, static_cast<std::uint64_t>(envelope.priority));
  put(out, tag_accepted,
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, envelope.accepted.time_since_epoch().count())));
  put(out, tag_useful_life,
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, envelope.useful_life.count())));
  for (const auto& hop : envelope.hops) put(out, tag_hop, hop);
  if (envelope.receipt) put(out, tag_receipt, std::uint64_t{1});
  return out.take();
}

std::optional<Envelope> decode_envelope(ByteView bytes) {
  Envelope envelope;
  Reader in(bytes);
  while (in.ok() && !in.at_end()) {
    const auto tag = in.u8();
    const auto value = in.field();
    if (!in.ok() || !take(envelope, tag, value)) return std::nullopt;
  }
  if (envelope.key.empty() || envelope.recipients.empty()) return std::nullopt;
  return envelope;
}

}  // namespace external::session
