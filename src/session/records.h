#pragma once
// The records of a session as bytes. docs/protocol.md, "Session".

#include <external/session/mailroom.h>

namespace external::session {

/// How the content of an offered message comes.
enum class Coming : std::uint8_t {
  unasked = 0,     ///< from its first byte, without waiting for ACCEPT
  asked = 1,       ///< from where ACCEPT says
  from_start = 2,  ///< the same, but the other end must forget what it holds: it is of something else
};

/// Bytes of the digest in an offer whose content comes unasked.
inline constexpr std::size_t short_digest = 8;

/// Transfer numbers, rising.
using Numbers = std::vector<std::uint64_t>;

/// Largest number of transfers that one HAVE or DONE may name.
inline constexpr std::size_t most_numbers = 4096;

struct OfferRecord {
  Coming coming = Coming::asked;
  Offer offer;
};
struct AcceptRecord {
  std::uint64_t transfer = 0;
  std::uint64_t offset = 0;
  Digest prefix{};  ///< means nothing if `offset` is 0
};
struct HaveRecord {
  Numbers transfers;
};
struct RefuseRecord {
  std::uint64_t transfer = 0;
  Refusal refusal;
};
struct DoneRecord {
  Numbers transfers;
};
struct FailedRecord {
  std::uint64_t transfer = 0;
  std::string text;
};
struct WithdrawRecord {
  std::uint64_t transfer = 0;
};
struct FinishedRecord {};
struct ByeRecord {};
struct WishRecord {
  Wish wish;
};
struct StockRecord {
  Stock stock;
};

/// Of a type that a later version may bring and this one passes over.
struct UnknownRecord {};

using AnyRecord =
    std::variant<OfferRecord, AcceptRecord, HaveRecord, RefuseRecord, DoneRecord, FailedRecord,
                 WithdrawRecord, FinishedRecord, ByeRecord, WishRecord, StockRecord, UnknownRecord>;

/// What an offer leaves out because it is as in the offer before it, in the same direction.
struct LastOffer {
  std::int64_t accepted = 0;     ///< seconds since 1970
  std::int64_t useful_life = 0;  ///< seconds
};

/// `last` is of the direction in which the record goes, and is brought up to date. Numbers must rise.
Bytes encode(const AnyRecord& record, LastOffer& last);

/// Nothing if `bytes` is no record of this protocol. `last` as with encode.
std::optional<AnyRecord> decode_record(ByteView bytes, LastOffer& last);

}  // namespace external::session
