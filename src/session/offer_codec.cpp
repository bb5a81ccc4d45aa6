#include "offer_codec.h"

#include <external/base/text.h>

namespace external::session {

namespace {

using link::Reader;
using link::Writer;

constexpr std::uint8_t coming_mask = 0x03;
constexpr unsigned priority_shift = 2;
constexpr std::uint8_t flag_receipt = 0x10;
constexpr std::uint8_t flag_useful_life = 0x20;  ///< it differs from that of the offer before
constexpr std::uint8_t flag_binary_key = 0x40;
constexpr std::uint8_t flag_unknown = 0x80;

constexpr std::int64_t largest_time = std::int64_t{1}
                                      << 40;  // seconds; beyond any calendar, within every duration

std::uint64_t zigzag(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}

std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
}

/// A key as this program makes them: an even number of lower-case hexadecimal digits, '@', a name.
struct OwnKey {
  Bytes random;
  std::string home;
};

std::optional<std::uint8_t> value_of(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  return std::nullopt;
}

std::optional<OwnKey> own_key(const std::string& key) {
  const auto at = key.find('@');
  if (at == std::string::npos || at == 0 || at % 2 != 0 || at > 510 || at + 1 == key.size())
    return std::nullopt;
  OwnKey own;
  for (std::size_t i = 0; i < at; i += 2) {
    const auto high = value_of(key[i]);
    const auto low = value_of(key[i + 1]);
    if (!high || !low) return std::nullopt;
    own.random.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  own.home = key.substr(at + 1);
  return own;
}

std::string text_of(ByteView bytes) {
  return std::string(as_text(bytes));
}

void put_texts(Writer& out, const std::vector<std::string>& texts) {
  out.varint(texts.size());
  for (const auto& text : texts) out.field(as_bytes(text));
}

std::vector<std::string> read_texts(Reader& in) {
  std::vector<std::string> texts;
  // Not reserved by the number: that is only a claim. Each text takes at least one byte of the record.
  for (auto count = in.varint(); in.ok() && count > 0; --count) texts.push_back(text_of(in.field()));
  return texts;
}

/// Home of a key that stands in the hops already; an empty one is put instead.
std::string first_hop(const Envelope& envelope) {
  return envelope.hops.empty() ? std::string() : envelope.hops.front();
}

constexpr std::uint8_t notify_success = 1;
constexpr std::uint8_t notify_failure = 2;
constexpr std::uint8_t notify_delay = 4;

constexpr std::uint8_t extra_envelope_id = 1;
constexpr std::uint8_t extra_headers_only = 2;
constexpr std::uint8_t extra_notify = 4;
constexpr std::uint8_t extra_original = 8;
constexpr std::uint8_t extra_item = 16;

constexpr Notify everything{true, true, true};

std::uint8_t bits_of(const Notify& notify) {
  return static_cast<std::uint8_t>((notify.success ? notify_success : 0) |
                                   (notify.failure ? notify_failure : 0) | (notify.delay ? notify_delay : 0));
}

Notify notify_of(std::uint8_t bits) {
  return {(bits & notify_success) != 0, (bits & notify_failure) != 0, (bits & notify_delay) != 0};
}

template <class Predicate>
bool any_wish(const Envelope& envelope, Predicate predicate) {
  return std::any_of(envelope.wishes.begin(), envelope.wishes.end(), predicate);
}

/// The flag alone says it: receipts for all, and nothing else is out of the ordinary.
bool same_receipt_for_all(const Envelope& envelope) {
  return !envelope.wishes.empty() &&
         !any_wish(envelope, [](const Wishes& w) { return w.notify != everything; });
}

bool asks_for_receipt(const Envelope& envelope) {
  return any_wish(envelope, [](const Wishes& w) { return w.notify.success; });
}

std::uint8_t extras_of(const Envelope& envelope) {
  unsigned extras = 0;
  if (!envelope.envelope_id.empty()) extras |= extra_envelope_id;
  if (envelope.headers_only) extras |= extra_headers_only;
  if (!same_receipt_for_all(envelope) &&
      any_wish(envelope, [](const Wishes& w) { return w.notify != Notify{}; }))
    extras |= extra_notify;
  if (any_wish(envelope, [](const Wishes& w) { return !w.original.empty(); })) extras |= extra_original;
  if (envelope.item) extras |= extra_item;
  return static_cast<std::uint8_t>(extras);
}

void put_item(Writer& out, const Item& item) {
  out.varint(item.number).varint(item.size).u8(item.header ? 1 : 0).field(as_bytes(item.flags));
}

Item read_item(Reader& in) {
  Item item;
  item.number = in.varint();
  item.size = in.varint();
  item.header = in.u8() != 0;
  item.flags = text_of(in.field());
  return item;
}

/// What not every message has; an end that does not know it passes it over.
void put_extras(Writer& out, const Envelope& envelope) {
  const auto extras = extras_of(envelope);
  if (extras == 0) return;
  out.u8(extras);
  if ((extras & extra_envelope_id) != 0) out.field(as_bytes(envelope.envelope_id));
  for (const auto& wishes : envelope.wishes) {
    if ((extras & extra_notify) != 0) out.u8(bits_of(wishes.notify));
  }
  for (const auto& wishes : envelope.wishes) {
    if ((extras & extra_original) != 0) out.field(as_bytes(wishes.original));
  }
  if (envelope.item) put_item(out, *envelope.item);
}

/// `receipt`: the flag, which holds where nothing more is said.
void read_extras(Reader& in, bool receipt, Envelope& envelope) {
  const auto extras = !in.at_end() ? in.u8() : std::uint8_t{0};
  if ((extras & extra_envelope_id) != 0) envelope.envelope_id = text_of(in.field());
  envelope.headers_only = (extras & extra_headers_only) != 0;
  if (receipt || (extras & (extra_notify | extra_original)) != 0)
    envelope.wishes.assign(envelope.recipients.size(), {receipt ? everything : Notify{}, {}});
  for (auto& wishes : envelope.wishes) {
    if ((extras & extra_notify) != 0) wishes.notify = notify_of(in.u8());
  }
  for (auto& wishes : envelope.wishes) {
    if ((extras & extra_original) != 0) wishes.original = text_of(in.field());
  }
  if ((extras & extra_item) != 0) envelope.item = read_item(in);
}

std::size_t digest_size(Coming coming) {
  return coming == Coming::unasked ? short_digest : std::tuple_size_v<Digest>;
}

}  // namespace

void put(Writer& out, const OfferRecord& record, LastOffer& last) {
  const auto& envelope = record.offer.envelope;
  const auto accepted =
      std::clamp<std::int64_t>(envelope.accepted.time_since_epoch().count(), 0, largest_time);
  const auto useful_life = std::clamp<std::int64_t>(envelope.useful_life.count(), 0, largest_time);
  const auto own = own_key(envelope.key);

  auto flags = static_cast<unsigned>(record.coming) | static_cast<unsigned>(envelope.priority)
                                                          << priority_shift;
  if (asks_for_receipt(envelope)) flags |= flag_receipt;
  if (useful_life != last.useful_life) flags |= flag_useful_life;
  if (own) flags |= flag_binary_key;
  out.u8(static_cast<std::uint8_t>(flags)).varint(record.offer.size).varint(zigzag(accepted - last.accepted));
  if (useful_life != last.useful_life) out.varint(static_cast<std::uint64_t>(useful_life));
  out.bytes(ByteView(record.offer.digest).first(digest_size(record.coming)));
  if (own) {
    out.field(own->random).field(as_bytes(own->home == first_hop(envelope) ? std::string() : own->home));
  } else {
    out.field(as_bytes(envelope.key));
  }
  out.field(as_bytes(envelope.sender));
  put_texts(out, envelope.hops);
  put_texts(out, envelope.recipients);
  put_extras(out, envelope);
  last = {accepted, useful_life};
}

std::optional<OfferRecord> read_offer(Reader& in, LastOffer& last) {
  OfferRecord record;
  auto& offer = record.offer;
  auto& envelope = offer.envelope;
  const auto flags = in.u8();
  const auto priority = static_cast<std::uint8_t>(flags >> priority_shift & 0x03);
  if ((flags & flag_unknown) != 0 || (flags & coming_mask) > static_cast<int>(Coming::from_start) ||
      priority >= priority_count)
    return std::nullopt;
  record.coming = static_cast<Coming>(flags & coming_mask);
  envelope.priority = static_cast<Priority>(priority);
  offer.size = in.varint();
  const auto step = unzigzag(in.varint());
  if (step > largest_time || step < -largest_time) return std::nullopt;
  const auto accepted = last.accepted + step;
  const auto useful_life =
      (flags & flag_useful_life) != 0 ? static_cast<std::int64_t>(in.varint()) : last.useful_life;
  if (accepted < 0 || accepted > largest_time || useful_life < 0 || useful_life > largest_time)
    return std::nullopt;
  offer.digest_known = digest_size(record.coming);
  const auto digest = in.bytes(offer.digest_known);
  std::copy(digest.begin(), digest.end(), offer.digest.begin());
  std::string home;
  if ((flags & flag_binary_key) != 0) {
    envelope.key = hex(as_text(in.field()));
    home = text_of(in.field());
  } else {
    envelope.key = text_of(in.field());
  }
  envelope.sender = text_of(in.field());
  envelope.hops = read_texts(in);
  envelope.recipients = read_texts(in);
  if (in.ok()) read_extras(in, (flags & flag_receipt) != 0, envelope);
  in.rest();  // what later versions add
  if ((flags & flag_binary_key) != 0 && !envelope.key.empty())
    envelope.key += "@" + (home.empty() ? first_hop(envelope) : home);
  if (!in.ok() || envelope.key.empty() || envelope.recipients.empty()) return std::nullopt;
  envelope.accepted = std::chrono::sys_seconds(std::chrono::seconds(accepted));
  envelope.useful_life = std::chrono::seconds(useful_life);
  last = {accepted, useful_life};
  return record;
}

}  // namespace external::session
