#pragma once
// Writing and reading the numbers and fields of docs/protocol.md.

#include <external/base/asio.h>

namespace external::link {

/// Appends to a byte vector.
class Writer {
 public:
  Writer& u8(std::uint8_t value);
  Writer& u16(std::uint16_t value);
  Writer& u24(std::uint32_t value);
  Writer& u32(std::uint32_t value);
  Writer& varint(std::uint64_t value);
  Writer& bytes(ByteView value);
  Writer& text(std::string_view value) { return bytes(as_bytes(value)); }
  /// Length as varint, then the bytes.
  Writer& field(ByteView value);

  const Bytes& data() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

/// Reads from bytes that come from outside: every read says whether it was there. After a failed read all
/// further ones fail too, so a caller may check once at the end with ok().
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u24();
  std::uint32_t u32();
  std::uint64_t varint();
  ByteView bytes(std::size_t count);
  ByteView field();
  /// Everything not read yet.
  ByteView rest() { return bytes(in_.size()); }

  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }

 private:
  ByteView in_;
  bool ok_ = true;
};

}  // namespace external::link
