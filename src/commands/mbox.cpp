#include "mbox.h"

#include "exit.h"

namespace external::commands {

namespace {

constexpr std::string_view separator = "\nFrom ";
constexpr std::size_t longest_from_line = 64 * 1024;

class Mbox {
 public:
  Mbox(Source source, const std::string& name) : source_(std::move(source)), name_(name) {}

  // Moves behind the next "From " line; false at the end of the file.
  bool next_message() {
    fill(separator.size());
    if (held_.empty()) return false;
    if (!held_.starts_with(separator.substr(1))) refuse();
    while (held_.find('\n') == std::string::npos && !ended_) fill(held_.size() + 1);
    const auto end = held_.find('\n');
    if (end == std::string::npos || end > longest_from_line) refuse();
    // The line end stays: in front of an empty message it is the beginning of the separator.
    held_.erase(0, end);
    skip_ = 1;
    in_message_ = true;
    return true;
  }

  std::string next_piece() {
    while (in_message_) {
      fill(longest_from_line);
      const auto [content, next] = find_end();
      auto piece = held_.substr(skip_, content > skip_ ? content - skip_ : 0);
      in_message_ = next == none;
      // The last byte taken stays in sight of the next search.
      const auto used = next != none ? next : content;
      skip_ = in_message_ && used > 0 ? 1 : 0;
      held_.erase(0, used - skip_);
      if (!piece.empty()) return piece;
    }
    return {};
  }

 private:
  static constexpr std::size_t none = std::string::npos;

  struct End {
    std::size_t content;  ///< up to here it belongs to the message for certain
    std::size_t next;     ///< where what follows begins; none if the message may go on
  };

  End find_end() const {
    for (auto found = held_.find(separator); found != none; found = held_.find(separator, found + 1)) {
      const auto blank = blank_line_before(found);
      if (blank != none) return {blank, found + 1};
    }
    if (ended_) return {end_of_last(), held_.size()};
    // The longest beginning of a separator is "\n\r\nFrom".
    constexpr std::size_t in_doubt = separator.size() + 2;
    return {std::max(skip_, held_.size() - std::min(held_.size(), in_doubt)), none};
  }

  // Where the empty line begins whose line end stands at `position`; none if that line is not empty.
  std::size_t blank_line_before(std::size_t position) const {
    if (position >= 1 && held_[position - 1] == '\n') return position;
    if (position >= 2 && held_[position - 1] == '\r' && held_[position - 2] == '\n') return position - 1;
    return none;
  }

  std::size_t end_of_last() const {
    if (!held_.ends_with('\n')) return held_.size();
    const auto blank = blank_line_before(held_.size() - 1);
    return blank == none ? held_.size() : blank;
  }

  void fill(std::size_t wanted) {
    while (held_.size() < wanted && !ended_) {
      const auto piece = source_();
      ended_ = piece.empty();
      held_ += piece;
    }
  }

  [[noreturn]] void refuse() const {
    throw Failure(Exit::data,
                  name_ +
                      " is no mbox: it does not begin with a line 'From ...'; leave out --mbox to send it "
                      "as one message");
  }

  Source source_;
  const std::string& name_;
  std::string held_;
  std::size_t skip_ = 0;  ///< bytes of held_ that were given out already
  bool in_message_ = false;
  bool ended_ = false;
};

}  // namespace

void each_in_mbox(Source source, const std::string& name, const std::function<void(Source)>& take) {
  Mbox mbox(std::move(source), name);
  while (mbox.next_message()) {
    take([&mbox] { return mbox.next_piece(); });
    while (!mbox.next_piece().empty()) continue;
  }
}

}  // namespace external::commands
