#include "segment.h"

#include <external/link/wire.h>

namespace external::session {

namespace {

constexpr std::size_t numbers_in_header = 3;
constexpr std::size_t longest_number = 9;

bool ends_number(std::uint8_t byte) {
  return (byte & 0x80) == 0;
}

}  // namespace

void put_segment(Bytes& out, const Content& content) {
  const auto header =
      link::Writer().varint(content.transfer).varint(content.offset).varint(content.bytes.size()).take();
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), content.bytes.begin(), content.bytes.end());
}

bool SegmentReader::feed(ByteView bytes, std::vector<Content>& found) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      if (!read_header(bytes)) return header_.size() < numbers_in_header * longest_number;
      link::Reader in(header_);
      transfer_ = in.varint();
      offset_ = in.varint();
      left_ = in.varint();
      header_.clear();
      if (!in.ok() || left_ == 0 || left_ > largest_segment) return false;
      continue;
    }
    const auto part = bytes.first(std::min<std::uint64_t>(left_, bytes.size()));
    found.push_back({transfer_, offset_, part});
    offset_ += part.size();
    left_ -= part.size();
    bytes = bytes.subspan(part.size());
  }
  return true;
}

bool SegmentReader::read_header(ByteView& bytes) {
  auto numbers = std::count_if(header_.begin(), header_.end(), ends_number);
  while (!bytes.empty() && header_.size() < numbers_in_header * longest_number) {
    header_.push_back(bytes.front());
    bytes = bytes.subspan(1);
    if (ends_number(header_.back()) && ++numbers == numbers_in_header) return true;
  }
  return false;
}

}  // namespace external::session
