#include "content_reader.h"

namespace external::smtp {

std::size_t ContentReader::take(std::string_view bytes, std::string& out) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::ended) {
    if (state_ == State::text) at += take_text(bytes.substr(at), out);
    if (at == bytes.size()) break;
    take_one(bytes[at++], out);
  }
  return at;
}

/// Most of a message needs no second look.
std::size_t ContentReader::take_text(std::string_view bytes, std::string& out) {
  // Not further at once: whoever sends nothing but line ends would have all of it looked through for each.
  constexpr std::size_t longest_look = 1024;
  bytes = bytes.substr(0, longest_look);
  const auto before_cr = bytes.substr(0, bytes.find('\r'));
  const auto size = std::min(before_cr.find('\n'), before_cr.size());
  out.append(bytes.substr(0, size));
  return size;
}

void ContentReader::take_one(char byte, std::string& out) {
  const bool ends_line = byte == '\n' && (state_ == State::cr || state_ == State::dot_cr);
  if (ends_line && state_ == State::dot_cr) {
    state_ = State::ended;
    return;
  }
  if (ends_line) {
    out.push_back('\n');
    state_ = new_line();
    return;
  }
  if (state_ == State::cr || state_ == State::dot_cr) {
    bare_ = true;
    out.push_back('\r');
    state_ = State::text;
  }
  if (byte == '\r') {
    state_ = state_ == State::dot ? State::dot_cr : State::cr;
  } else if (byte == '.' && state_ == State::line_start) {
    state_ = State::dot;
  } else {
    bare_ = bare_ || byte == '\n';
    out.push_back(byte);
    state_ = State::text;  // also after an LF by itself, which begins no line
  }
}

}  // namespace external::smtp
