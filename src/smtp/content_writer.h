#pragma once
// Content as it goes over SMTP after DATA.

#include <string>
#include <string_view>

namespace external::smtp {

/// Ends lines with CR LF and doubles dots at their beginning (RFC 5321 4.5.2).
class ContentWriter {
 public:
  void add(std::string_view content, std::string& out);

  /// The line that ends the content, and the end of a last line that has none.
  void finish(std::string& out);

  /// The content has a CR that ends no line, which SMTP must not carry (RFC 5321 2.3.8).
  bool has_bare_cr() const { return bare_; }

 private:
  bool line_start_ = true;
  bool cr_ = false;
  bool bare_ = false;
};

}  // namespace external::smtp
