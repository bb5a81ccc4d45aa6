#include "source.h"

#include "exit.h"

#include <istream>
#include <memory>

namespace external::commands {

namespace {

constexpr std::size_t piece_size = 64 * 1024;

class DotReader {
 public:
  explicit DotReader(Source source) : source_(std::move(source)) {}

  // A dot at the start of a line may be the end; it waits for what follows it.
  std::string next() {
    while (!ended_) {
      auto piece = source_();
      if (piece.empty()) ended_ = true;
      held_ += piece;
      const auto dot = find_dot_line();
      if (dot != std::string::npos) {
        ended_ = true;
        held_.resize(dot);
      }
      auto ready = take(ended_ ? held_.size() : held_.size() - undecided());
      if (!ready.empty()) return ready;
    }
    return {};
  }

 private:
  bool line_starts_at(std::size_t position) const {
    return position == 0 ? at_line_start_ : held_[position - 1] == '\n';
  }

  std::size_t find_dot_line() const {
    for (auto dot = held_.find('.'); dot != std::string::npos; dot = held_.find('.', dot + 1)) {
      if (!line_starts_at(dot)) continue;
      const auto rest = std::string_view(held_).substr(dot + 1);
      if (rest.starts_with('\n') || rest.starts_with("\r\n") || (rest.empty() && ended_)) return dot;
    }
    return std::string::npos;
  }

  // Bytes at the end that may turn out to be a line with a dot.
  std::size_t undecided() const {
    const std::string_view text = held_;
    for (const std::string_view end : {".", ".\r"}) {
      if (text.ends_with(end) && line_starts_at(text.size() - end.size())) return end.size();
    }
    return 0;
  }

  std::string take(std::size_t count) {
    auto ready = held_.substr(0, count);
    held_.erase(0, count);
    if (!ready.empty()) at_line_start_ = ready.back() == '\n';
    return ready;
  }

  Source source_;
  std::string held_;
  bool at_line_start_ = true;
  bool ended_ = false;
};

}  // namespace

Source from_stream(std::istream& in, std::string name) {
  return [&in, name = std::move(name)] {
    std::string piece(piece_size, '\0');
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (in.bad()) throw Failure(Exit::io, name + " cannot be read; look at its disk");
    piece.resize(static_cast<std::size_t>(in.gcount()));
    return piece;
  };
}

Source until_dot(Source source) {
  return [reader = std::make_shared<DotReader>(std::move(source))] { return reader->next(); };
}

}  // namespace external::commands
