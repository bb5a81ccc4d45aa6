#pragma once
// Content on its way through SMTP.

#include <string>
#include <string_view>

namespace external::smtp {

/// Turns what comes after DATA or BDAT into content: CR LF becomes LF, and after DATA the dots that the
/// client put at the beginning of lines go. A CR or LF by itself must not occur (RFC 5321 2.3.8): servers
/// that disagree about where a message ends can be made to see two where there is one.
class ContentReader {
 public:
  enum class End { dot, size };

  explicit ContentReader(End end) : end_(end), state_(end == End::dot ? State::line_start : State::text) {}

  /// Takes `bytes` up to the end of the content, adds content to `out`, and returns how many were taken.
  std::size_t take(std::string_view bytes, std::string& out);

  /// The line with the dot was read (after DATA).
  bool ended() const { return state_ == State::ended; }

  /// Ends content whose size is known: a CR may be left over.
  void finish() { bare_ = bare_ || state_ == State::cr; }

  bool has_bare_line_end() const { return bare_; }

 private:
  enum class State { text, cr, line_start, dot, dot_cr, ended };

  std::size_t take_text(std::string_view bytes, std::string& out);
  void take_one(char byte, std::string& out);
  State new_line() const { return end_ == End::dot ? State::line_start : State::text; }

  End end_;
  State state_;
  bool bare_ = false;
};

}  // namespace external::smtp
