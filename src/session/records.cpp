#include "records.h"

#include <external/link/wire.h>

namespace external::session {

namespace {

using link::Reader;
using link::Writer;

enum Type : std::uint8_t {
  type_offer = 10,
  type_accept = 11,
  type_have = 12,
  type_refuse = 13,
  type_data = 14,
  type_done = 15,
  type_failed = 16,
  type_withdraw = 17,
  type_finished = 18,
};

struct Encoder {
  Writer out;

  void operator()(const OfferRecord& r) {
    out.u8(type_offer)
        .varint(r.transfer)
        .varint(r.offer.size)
        .bytes(r.offer.digest)
        .bytes(encode(r.offer.envelope));
  }
  void operator()(const AcceptRecord& r) {
    out.u8(type_accept).varint(r.transfer).varint(r.offset).bytes(r.prefix);
  }
  void operator()(const HaveRecord& r) { out.u8(type_have).varint(r.transfer); }
  void operator()(const RefuseRecord& r) {
    out.u8(type_refuse)
        .varint(r.transfer)
        .u16(r.refusal.code)
        .u8(r.refusal.permanent ? 1 : 0)
        .text(r.refusal.text);
  }
  void operator()(const DataRecord& r) {
    out.u8(type_data).varint(r.transfer).varint(r.offset).bytes(r.content);
  }
  void operator()(const DoneRecord& r) { out.u8(type_done).varint(r.transfer); }
  void operator()(const FailedRecord& r) { out.u8(type_failed).varint(r.transfer).text(r.text); }
  void operator()(const WithdrawRecord& r) { out.u8(type_withdraw).varint(r.transfer); }
  void operator()(const FinishedRecord&) { out.u8(type_finished); }
};

Digest read_digest(Reader& in) {
  Digest digest{};
  const auto bytes = in.bytes(digest.size());
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::optional<AnyRecord> read_offer(Reader& in) {
  OfferRecord record;
  record.transfer = in.varint();
  record.offer.size = in.varint();
  record.offer.digest = read_digest(in);
  auto envelope = decode_envelope(in.rest());
  if (!envelope) return std::nullopt;
  record.offer.envelope = std::move(*envelope);
  return record;
}

std::optional<AnyRecord> read_body(std::uint8_t type, Reader& in) {
  if (type == type_offer) return read_offer(in);
  if (type == type_finished) return FinishedRecord{};
  const auto transfer = in.varint();
  switch (type) {
    case type_accept: {
      AcceptRecord record{transfer, in.varint(), {}};
      record.prefix = read_digest(in);
      return record;
    }
    case type_have:
      return HaveRecord{transfer};
    case type_refuse: {
      RefuseRecord record{transfer, {}};
      record.refusal.code = in.u16();
      record.refusal.permanent = in.u8() != 0;
      record.refusal.text = as_text(in.rest());
      return record;
    }
    case type_data: {
      DataRecord record{transfer, in.varint(), {}};
      const auto content = in.rest();
      record.content.assign(content.begin(), content.end());
      return record;
    }
    case type_done:
      return DoneRecord{transfer};
    case type_failed:
      return FailedRecord{transfer, std::string(as_text(in.rest()))};
    case type_withdraw:
      return WithdrawRecord{transfer};
    default:
      return std::nullopt;
  }
}

}  // namespace

Bytes encode(const AnyRecord& record) {
  Encoder encoder;
  std::visit(encoder, record);
  return encoder.out.take();
}

std::optional<AnyRecord> decode_record(ByteView bytes) {
  Reader in(bytes);
  const auto type = in.u8();
  auto record = in.ok() ? read_body(type, in) : std::nullopt;
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return record;
}

}  // namespace external::session
