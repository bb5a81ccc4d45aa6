#include "records.h"

#include "offer_codec.h"
#include "wish_codec.h"

namespace external::session {

namespace {

using link::Reader;
using link::Writer;

enum Type : std::uint8_t {
  type_offer = 10,
  type_accept = 11,
  type_have = 12,
  type_refuse = 13,
  type_done = 14,
  type_failed = 15,
  type_withdraw = 16,
  type_finished = 17,
  type_bye = 18,
};

/// Types that are passed over by an end that does not know them.
constexpr std::uint8_t first_optional_type = 64;
constexpr std::uint8_t last_optional_type = 127;
constexpr std::uint8_t type_wish = 64;
constexpr std::uint8_t type_stock = 65;

/// Pairs of (numbers skipped, further numbers in the run), so that what is settled together takes two bytes.
void put_numbers(Writer& out, const Numbers& numbers) {
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t run = 1;
    while (i + run < numbers.size() && numbers[i + run] == numbers[i] + run) ++run;
    out.varint(numbers[i] - next).varint(run - 1);
    next = numbers[i] + run;
    i += run;
  }
}

std::optional<Numbers> read_numbers(Reader& in) {
  constexpr std::uint64_t largest = std::uint64_t{1} << 48;
  Numbers numbers;
  std::uint64_t next = 0;
  while (in.ok() && !in.at_end()) {
    const auto skipped = in.varint();
    const auto further = in.varint();
    if (skipped > largest || next > largest || further >= most_numbers - numbers.size()) return std::nullopt;
    for (std::uint64_t i = 0; i <= further; ++i) numbers.push_back(next + skipped + i);
    next = numbers.back() + 1;
  }
  if (numbers.empty()) return std::nullopt;
  return numbers;
}

struct Encoder {
  LastOffer& last;
  Writer out;

  void operator()(const OfferRecord& r) {
    out.u8(type_offer);
    put(out, r, last);
  }
  void operator()(const AcceptRecord& r) {
    out.u8(type_accept).varint(r.transfer).varint(r.offset);
    if (r.offset > 0) out.bytes(r.prefix);
  }
  void operator()(const HaveRecord& r) {
    out.u8(type_have);
    put_numbers(out, r.transfers);
  }
  void operator()(const RefuseRecord& r) {
    out.u8(type_refuse)
        .varint(r.transfer)
        .u16(r.refusal.code)
        .u8(r.refusal.permanent ? 1 : 0)
        .text(r.refusal.text);
  }
  void operator()(const DoneRecord& r) {
    out.u8(type_done);
    put_numbers(out, r.transfers);
  }
  void operator()(const FailedRecord& r) { out.u8(type_failed).varint(r.transfer).text(r.text); }
  void operator()(const WithdrawRecord& r) { out.u8(type_withdraw).varint(r.transfer); }
  void operator()(const FinishedRecord&) { out.u8(type_finished); }
  void operator()(const ByeRecord&) { out.u8(type_bye); }
  void operator()(const WishRecord& r) {
    out.u8(type_wish);
    put(out, r.wish);
  }
  void operator()(const StockRecord& r) {
    out.u8(type_stock);
    put(out, r.stock);
  }
  void operator()(const UnknownRecord&) { out.u8(last_optional_type); }
};

AcceptRecord read_accept(Reader& in) {
  AcceptRecord record;
  record.transfer = in.varint();
  record.offset = in.varint();
  if (record.offset == 0) return record;
  const auto digest = in.bytes(record.prefix.size());
  std::copy(digest.begin(), digest.end(), record.prefix.begin());
  return record;
}

RefuseRecord read_refuse(Reader& in) {
  RefuseRecord record;
  record.transfer = in.varint();
  record.refusal.code = in.u16();
  record.refusal.permanent = in.u8() != 0;
  record.refusal.text = as_text(in.rest());
  return record;
}

FailedRecord read_failed(Reader& in) {
  FailedRecord record;
  record.transfer = in.varint();
  record.text = as_text(in.rest());
  return record;
}

template <class R>
std::optional<AnyRecord> read_list(Reader& in) {
  auto numbers = read_numbers(in);
  if (!numbers) return std::nullopt;
  return R{std::move(*numbers)};
}

template <class R, class Content>
std::optional<AnyRecord> as_record(std::optional<Content> content) {
  if (!content) return std::nullopt;
  return R{std::move(*content)};
}

std::optional<AnyRecord> read_body(std::uint8_t type, Reader& in, LastOffer& last) {
  switch (type) {
    case type_offer:
      return read_offer(in, last);
    case type_accept:
      return read_accept(in);
    case type_have:
      return read_list<HaveRecord>(in);
    case type_refuse:
      return read_refuse(in);
    case type_done:
      return read_list<DoneRecord>(in);
    case type_failed:
      return read_failed(in);
    case type_withdraw:
      return WithdrawRecord{in.varint()};
    case type_finished:
      return FinishedRecord{};
    case type_bye:
      return ByeRecord{};
    case type_wish:
      return as_record<WishRecord>(read_wish(in));
    case type_stock:
      return as_record<StockRecord>(read_stock(in));
    default:
      if (type < first_optional_type || type > last_optional_type) return std::nullopt;
      in.rest();
      return UnknownRecord{};
  }
}

}  // namespace

Bytes encode(const AnyRecord& record, LastOffer& last) {
  Encoder encoder{last, {}};
  std::visit(encoder, record);
  return encoder.out.take();
}

std::optional<AnyRecord> decode_record(ByteView bytes, LastOffer& last) {
  Reader in(bytes);
  const auto type = in.u8();
  auto record = in.ok() ? read_body(type, in, last) : std::nullopt;
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return record;
}

}  // namespace external::session
