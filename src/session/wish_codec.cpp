#include "wish_codec.h"

namespace external::session {

namespace {

using link::Reader;
using link::Writer;

constexpr std::uint8_t flag_headers = 1;
constexpr std::uint8_t flag_unread = 2;
constexpr std::uint8_t flag_newest_first = 4;

constexpr std::uint8_t change_deleted = 1;

/// As the lists of transfers: pairs of (numbers skipped, further numbers in the run).
void put_set(Writer& out, const NumberSet& set) {
  out.varint(set.runs().size());
  std::uint64_t next = 0;
  for (const auto& [first, last] : set.runs()) {
    out.varint(first - next).varint(last - first);
    next = last + 1;
  }
}

/// Fails in `in`, or leaves what is out of range away: it names no item.
NumberSet read_set(Reader& in) {
  NumberSet set;
  std::uint64_t next = 0;
  for (auto count = in.varint(); in.ok() && count > 0; --count) {
    const auto skipped = std::min(in.varint(), NumberSet::limit);
    const auto further = std::min(in.varint(), NumberSet::limit);
    const auto first = std::min(next + skipped, NumberSet::limit);
    if (in.ok()) set.add(first, first + further);
    next = std::min(first + further + 1, NumberSet::limit);
  }
  return set;
}

void put_changes(Writer& out, const std::vector<ItemChange>& changes) {
  out.varint(changes.size());
  for (const auto& change : changes) {
    out.varint(change.number).u8(change.deleted ? change_deleted : 0);
    out.field(as_bytes(change.added)).field(as_bytes(change.removed));
  }
}

std::vector<ItemChange> read_changes(Reader& in) {
  std::vector<ItemChange> changes;
  // Not reserved by the number, which is only a claim.
  for (auto count = in.varint(); in.ok() && count > 0; --count) {
    ItemChange change;
    change.number = in.varint();
    change.deleted = (in.u8() & change_deleted) != 0;
    change.added = as_text(in.field());
    change.removed = as_text(in.field());
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

void put(Writer& out, const Wish& wish) {
  unsigned flags = 0;
  if (wish.headers) flags |= flag_headers;
  if (wish.unread) flags |= flag_unread;
  if (wish.newest_first) flags |= flag_newest_first;
  out.u8(static_cast<std::uint8_t>(wish.what)).u8(static_cast<std::uint8_t>(flags));
  out.varint(wish.largest_item).varint(wish.most_bytes).varint(wish.series);
  put_set(out, wish.whole);
  put_set(out, wish.header);
  put_set(out, wish.chosen);
  put_changes(out, wish.changes);
}

std::optional<Wish> read_wish(Reader& in) {
  Wish wish;
  const auto what = in.u8();
  if (what > static_cast<std::uint8_t>(Wish::What::chosen)) return std::nullopt;
  wish.what = static_cast<Wish::What>(what);
  const auto flags = in.u8();
  wish.headers = (flags & flag_headers) != 0;
  wish.unread = (flags & flag_unread) != 0;
  wish.newest_first = (flags & flag_newest_first) != 0;
  wish.largest_item = in.varint();
  wish.most_bytes = in.varint();
  wish.series = in.varint();
  wish.whole = read_set(in);
  wish.header = read_set(in);
  wish.chosen = read_set(in);
  wish.changes = read_changes(in);
  in.rest();
  if (!in.ok()) return std::nullopt;
  return wish;
}

void put(Writer& out, const Stock& stock) {
  out.varint(stock.series).varint(stock.left).varint(stock.left_bytes);
  put_set(out, stock.present);
  put_set(out, stock.read);
}

std::optional<Stock> read_stock(Reader& in) {
  Stock stock;
  stock.series = in.varint();
  stock.left = in.varint();
  stock.left_bytes = in.varint();
  stock.present = read_set(in);
  stock.read = read_set(in);
  in.rest();
  if (!in.ok()) return std::nullopt;
  return stock;
}

}  // namespace external::session
