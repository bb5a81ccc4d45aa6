#include <external/postoffice/encoding.h>

namespace external::postoffice {

namespace {

constexpr std::size_t longest_line = 998;

}  // namespace

std::string_view name(Encoding encoding) {
  switch (encoding) {
    case Encoding::seven_bit:
      return "7bit";
    case Encoding::eight_bit:
      return "8bit";
    case Encoding::binary:
      break;
  }
  return "binary";
}

void EncodingScan::add(std::string_view piece) {
  for (const char c : piece) {
    if (binary_) return;
    if (c == '\n') {
      carriage_return_ = false;
      line_ = 0;
    } else if (carriage_return_ || c == '\0') {
      binary_ = true;
    } else if (c == '\r') {
      carriage_return_ = true;
    } else {
      eight_bit_ = eight_bit_ || (static_cast<unsigned char>(c) & 0x80) != 0;
      binary_ = ++line_ > longest_line;
    }
  }
}

Encoding EncodingScan::result() const {
  if (binary_ || carriage_return_) return Encoding::binary;
  return eight_bit_ ? Encoding::eight_bit : Encoding::seven_bit;
}

Encoding encoding_of(std::string_view text) {
  EncodingScan scan;
  scan.add(text);
  return scan.result();
}

}  // namespace external::postoffice
