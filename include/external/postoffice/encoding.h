#pragma once
// What bytes need to travel in a message as they are: Content-Transfer-Encoding, RFC 2045, 2.7 to 2.9.

#include <cstddef>
#include <string_view>

namespace external::postoffice {

/// From the least demanding to the most.
enum class Encoding { seven_bit, eight_bit, binary };

std::string_view name(Encoding encoding);  ///< "7bit", "8bit", "binary"

/// Looks at bytes in pieces.
class EncodingScan {
 public:
  void add(std::string_view piece);

  /// Of all bytes so far. Binary are those with a NUL, a CR that ends no line, or more than 998 bytes in a
  /// line.
  Encoding result() const;

  /// More bytes change nothing.
  bool decided() const { return binary_; }

 private:
  bool binary_ = false;
  bool eight_bit_ = false;
  bool carriage_return_ = false;  ///< the last byte was one
  std::size_t line_ = 0;          ///< bytes in the line that has begun
};

Encoding encoding_of(std::string_view text);

}  // namespace external::postoffice
