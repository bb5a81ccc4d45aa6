#include "pool_words.h"

#include <external/base/text.h>

namespace external::commands {

namespace {

/// Whether more bytes could make `text` begin with `words`, or it does.
bool may_begin(const std::string& text, const std::string& words) {
  return !words.empty() && words.compare(0, text.size(), text, 0, words.size()) == 0;
}

}  // namespace

Bytes PoolWords::take(ByteView bytes) {
  note(bytes);
  begun_.append(as_text(bytes));
  while (before_modem_ && take_words()) {
  }
  const bool undecided = may_begin(begun_, prompt_) || may_begin(begun_, prefix_);
  if (before_modem_ && undecided && begun_.size() < longest_line) return {};
  before_modem_ = false;
  const auto rest = std::exchange(begun_, {});
  return {rest.begin(), rest.end()};
}

/// Takes one question or one line of the pool; false if there is none.
bool PoolWords::take_words() {
  if (!prompt_.empty() && begun_.starts_with(prompt_)) {
    begun_.erase(0, prompt_.size());
    return true;
  }
  if (prefix_.empty() || !begun_.starts_with(prefix_)) return false;
  const auto end = begun_.find('\n');
  if (end == std::string::npos) return false;
  told_.push_back(begun_.substr(0, begun_.find_first_of("\r\n")));
  begun_.erase(0, end + 1);
  return true;
}

void PoolWords::note(ByteView bytes) {
  for (const std::uint8_t byte : bytes) {
    if (byte == '\r' || byte == '\n') {
      line_is_over_ = true;
    } else {
      if (std::exchange(line_is_over_, false)) line_.clear();
      if (line_.size() < longest_line) line_ += static_cast<char>(byte);
    }
  }
}

std::string PoolWords::last() const {
  // Nothing but these two ends a connection with words; a modem may have stopped in the middle of a line.
  const auto from_pool = [this](std::string_view words) {
    const auto at = line_.rfind(words);
    if (at == std::string::npos) return std::string();
    const auto name = prefix_.empty() ? std::string_view() : std::string_view(prefix_);
    const auto begin = name.empty() ? 0 : line_.rfind(name.substr(0, name.size() - 2), at);
    return visible(begin == std::string::npos ? line_.substr(at) : line_.substr(begin));
  };
  const auto taken_back = from_pool(": the modem was taken back: ");
  return taken_back.empty() ? from_pool(": no modem: ") : taken_back;
}

}  // namespace external::commands
