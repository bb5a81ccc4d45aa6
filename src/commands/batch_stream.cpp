#include "batch_stream.h"

#include <external/base/text.h>

#include <algorithm>
#include <charconv>

namespace external::commands {

namespace {

/// A line that is longer comes in pieces.
constexpr std::size_t long_line = 64 * 1024;

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Task<std::size_t> BatchStream::read(std::span<char> to) {
  if (given_ == ready_.size()) {
    ready_.clear();
    given_ = 0;
    fetch_line();
    if (in_content_) {
      take_content();
    } else {
      take_command();
    }
  }
  const auto size = std::min(to.size(), ready_.size() - given_);
  std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(given_), size, to.begin());
  given_ += size;
  co_return size;
}

Task<bool> BatchStream::write(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    hear(without_cr(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  co_return true;
}

/// Until there is a whole line, or enough of one.
void BatchStream::fetch_line() {
  while (!source_ended_ && !has_line() && unread_.size() < long_line) {
    const auto piece = source_();
    source_ended_ = piece.empty();
    unread_ += piece;
    if (source_ended_ && !unread_.empty() && !unread_.ends_with('\n')) unread_ += '\n';
  }
}

/// One command, so that the next reply is known to be its.
void BatchStream::take_command() {
  const auto end = std::min(unread_.find('\n'), unread_.size());
  if (last_ == '\n') {
    command_ = without_cr(std::string_view(unread_).substr(0, end));
    command_line_ = line_;
    // Its bytes are counted, and those of line ends are not known here.
    if (equal_no_case(command_.substr(0, command_.find(' ')), "BDAT"))
      return end_early("500 5.5.1 BDAT cannot be in a batch");
  }
  give(std::min(end + 1, unread_.size()));
}

void BatchStream::take_content() {
  if (unread_.empty()) return end_early("554 5.6.0 the batch ends in the middle of a message");
  const auto part = next_content();
  in_content_ = !part.is_last;
  message_ended_ = part.is_last;
  give(part.size);
}

/// Up to the line with the dot, which ends the content, or as much as has been fetched.
BatchStream::Content BatchStream::next_content() const {
  std::size_t begin = 0;
  bool at_start = last_ == '\n';
  for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n', begin)) {
    const auto line = without_cr(std::string_view(unread_).substr(begin, end - begin));
    begin = end + 1;
    if (at_start && line == ".") return {begin, true};
    at_start = true;
  }
  return {begin != 0 ? begin : unread_.size(), false};
}

void BatchStream::give(std::size_t size) {
  for (const char byte : std::string_view(unread_).substr(0, size)) {
    if (byte == '\n' && last_ != '\r') ready_ += '\r';
    if (byte == '\n') ++line_;
    ready_ += byte;
    last_ = byte;
  }
  unread_.erase(0, size);
}

void BatchStream::hear(std::string_view reply) {
  int code = 0;
  std::from_chars(reply.data(), reply.data() + reply.size(), code);
  if (reply.size() > 3 && reply[3] == '-') return;
  in_content_ = code == 354;
  if (std::exchange(message_ended_, false) && code < 400) ++messages_;
  if (code >= 400) refusals_.push_back({command_line_, command_, std::string(reply), code >= 500});
}

void BatchStream::end_early(const std::string& why) {
  refusals_.push_back({command_line_, command_, why, true});
  unread_.clear();
  source_ended_ = true;
}

}  // namespace external::commands
