#pragma once
// What an SMTP server answers.

#include <string>
#include <string_view>
#include <vector>

namespace external::smtp {

/// One reply: code (RFC 5321 4.2), enhanced status code (RFC 3463; empty for those that have none) and one or
/// more lines of text without line ends.
struct Reply {
  int code = 250;
  std::string status;
  std::vector<std::string> lines;

  Reply(int its_code, std::string its_status, std::string text)
      : code(its_code), status(std::move(its_status)), lines{std::move(text)} {}

  bool ok() const { return code < 400; }

  /// As it goes over the connection. Control characters in the text are made visible; no line has more than
  /// 512 bytes (RFC 5321 4.5.3.1.5).
  std::string wire() const;
};

}  // namespace external::smtp
