#pragma once
// The records of a session as bytes. docs/protocol.md, "Session".

#include <external/session/mailroom.h>

namespace external::session {

struct OfferRecord {
  std::uint64_t transfer = 0;
  Offer offer;
};
struct AcceptRecord {
  std::uint64_t transfer = 0;
  std::uint64_t offset = 0;
  Digest prefix{};
};
struct HaveRecord {
  std::uint64_t transfer = 0;
};
struct RefuseRecord {
  std::uint64_t transfer = 0;
  Refusal refusal;
};
struct DataRecord {
  std::uint64_t transfer = 0;
  std::uint64_t offset = 0;
  Bytes content;
};
struct DoneRecord {
  std::uint64_t transfer = 0;
};
struct FailedRecord {
  std::uint64_t transfer = 0;
  std::string text;
};
struct WithdrawRecord {
  std::uint64_t transfer = 0;
};
struct FinishedRecord {};

using AnyRecord = std::variant<OfferRecord, AcceptRecord, HaveRecord, RefuseRecord, DataRecord, DoneRecord,
                               FailedRecord, WithdrawRecord, FinishedRecord>;

Bytes encode(const AnyRecord& record);

/// Nothing if `bytes` is no record of this protocol.
std::optional<AnyRecord> decode_record(ByteView bytes);

}  // namespace external::session
