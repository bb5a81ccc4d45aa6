#include <external/base/text.h>
#include <external/smtp/reply.h>

namespace external::smtp {

namespace {

constexpr std::size_t longest_reply_line = 510;  // and CR LF

}  // namespace

std::string Reply::wire() const {
  std::string text;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    auto line = std::to_string(code) + (at + 1 < lines.size() ? "-" : " ");
    if (!status.empty()) line += status + " ";
    line += visible(lines[at]);
    text += line.substr(0, longest_reply_line) + "\r\n";
  }
  return text;
}

}  // namespace external::smtp
