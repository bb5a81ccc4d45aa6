#pragma once
// The header fields of a message that may hold anything (RFC 5322 2.2, RFC 2047).

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace external::mime {

/// Fields of a header, read once. Any bytes may come: lines that are no field are passed over. Takes some
/// milliseconds for 256 KB: not for the thread of lines. Any other thread.
class Header {
 public:
  /// `block` is a header with or without the empty line after it, see postoffice::header_of(); a mail
  /// reader's line "From ..." may stand before it. It must outlive this object.
  explicit Header(std::string_view block);

  bool has(std::string_view name) const;

  /// All values of that name, in their order, on one line each: folds are undone, blanks around them gone.
  std::vector<std::string> values(std::string_view name) const;

  /// The first value of that name as a person reads it: encoded words are decoded to UTF-8, bytes that are
  /// none taken for Latin 1; it ends at a NUL. Empty if there is none. May hold control characters.
  std::string text(std::string_view name) const;

  /// The block without the fields of that name, else as it is, byte for byte.
  std::string without(std::string_view name) const;

 private:
  struct Field {
    std::string name;
    std::string value;  ///< without folds
    std::string text;   ///< decoded
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void add(void* list, std::size_t base);

  std::string_view block_;
  std::vector<Field> fields_;
};

}  // namespace external::mime
