#include "content_writer.h"

namespace external::smtp {

void ContentWriter::add(std::string_view content, std::string& out) {
  out.reserve(out.size() + content.size() + content.size() / 32);
  std::size_t at = 0;
  while (at < content.size()) {
    const char byte = content[at];
    if (byte == '\n') {
      out += "\r\n";
      line_start_ = true;
      cr_ = false;
      ++at;
      continue;
    }
    bare_ = bare_ || cr_;
    cr_ = byte == '\r';
    if (cr_) {
      ++at;
      continue;
    }
    if (line_start_ && byte == '.') out.push_back('.');
    line_start_ = false;
    const auto end = std::min(content.find_first_of("\r\n", at), content.size());
    out.append(content.substr(at, end - at));
    at = end;
  }
}

void ContentWriter::finish(std::string& out) {
  bare_ = bare_ || cr_;
  if (!line_start_) out += "\r\n";
  out += ".\r\n";
}

}  // namespace external::smtp
