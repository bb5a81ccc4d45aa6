#include "lexer.h"

#include <external/base/text.h>

namespace external::modem {

namespace {

constexpr char ctrl_z = 0x1A;
constexpr std::int64_t largest_number = 999'999'999;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Lexer {
 public:
  Lexer(std::string_view source, const std::string& file, std::vector<Diagnostic>& diagnostics)
      : source_(source.substr(0, source.find(ctrl_z))), file_(file), diagnostics_(diagnostics) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (source_.starts_with(byte_order_mark)) source_.remove_prefix(byte_order_mark.size());
  }

  std::vector<Token> run() {
    while (skip_blanks()) next_token();
    begin_token(Token::Kind::end);
    tokens_.back().starts_line = true;
    return std::move(tokens_);
  }

 private:
  bool at_end() const { return place_ >= source_.size(); }
  char here() const { return source_[place_]; }
  char ahead() const { return place_ + 1 < source_.size() ? source_[place_ + 1] : '\0'; }
  std::size_t column() const { return place_ - line_start_ + 1; }

  /// To the next token; false at the end.
  bool skip_blanks() {
    while (!at_end()) {
      const char c = here();
      if (c == ';') {
        place_ = std::min(source_.find('\n', place_), source_.size());
      } else if (c == '\n') {
        ++place_;
        ++line_;
        line_start_ = place_;
        fresh_line_ = true;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
        ++place_;
      } else {
        return true;
      }
    }
    return false;
  }

  Token& begin_token(Token::Kind kind) {
    Token& token = tokens_.emplace_back();
    token.kind = kind;
    token.line = line_;
    token.column = column();
    token.starts_line = std::exchange(fresh_line_, false);
    return token;
  }

  void error(std::size_t at_column, std::string text) {
    diagnostics_.push_back({file_, line_, at_column, Diagnostic::Severity::error, std::move(text)});
  }

  void next_token() {
    const char c = here();
    if (is_letter(c)) return word();
    if (is_digit(c)) return number();
    if (c == '$') return variable();
    if (c == '"' || c == '\'') return string();
    symbol();
  }

  std::string take_name() {
    const std::size_t start = place_;
    while (!at_end() && (is_letter(here()) || is_digit(here()))) ++place_;
    return std::string(source_.substr(start, place_ - start));
  }

  void word() {
    Token& token = begin_token(Token::Kind::word);
    token.text = take_name();
  }

  void variable() {
    Token& token = begin_token(Token::Kind::variable);
    ++place_;
    token.text = to_lower(take_name());
    if (token.text.empty()) error(token.column, "a name must follow '$', as in $attempts");
  }

  void number() {
    Token& token = begin_token(Token::Kind::number);
    bool too_large = false;
    while (!at_end() && is_digit(here())) {
      token.number = token.number * 10 + (here() - '0');
      too_large = too_large || token.number > largest_number;
      if (too_large) token.number = largest_number;
      ++place_;
    }
    if (too_large)
      error(token.column, "this number is too large; the largest is " + std::to_string(largest_number));
  }

  void symbol() {
    constexpr std::array<std::string_view, 11> symbols = {"!=", "<=", ">=", "=", "<", ">",
                                                          "+",  "(",  ")",  "{", "}"};
    for (const auto symbol : symbols) {
      if (source_.substr(place_).starts_with(symbol)) return add_symbol(symbol);
    }
    if (here() == ':') return add_symbol(":");
    error(column(), "a script cannot hold '" + visible(source_.substr(place_, 1)) +
                        "' here; put text in quotes and ';' before a comment");
    // One complaint for a run of such characters, not one for each byte of a UTF-8 letter.
    do {
      ++place_;
    } while (!at_end() && static_cast<unsigned char>(here()) >= 128);
  }

  void add_symbol(std::string_view symbol) {
    begin_token(Token::Kind::symbol).text = symbol;
    place_ += symbol.size();
  }

  void string() {
    const std::size_t token = tokens_.size();
    const std::size_t start = column();
    begin_token(Token::Kind::string);
    const char quote = here();
    ++place_;
    std::string text;
    while (!at_end() && here() != quote && here() != '\n') text += character(quote);
    tokens_[token].text = std::move(text);
    if (!at_end() && here() == quote) {
      ++place_;
      return;
    }
    error(start, std::string("this string has no end; close it with ") + quote + " on the same line");
  }

  char character(char quote) {
    const char c = here();
    if (c == '^' && is_control(ahead())) {
      const char letter = to_upper(source_.substr(place_ + 1, 1))[0];
      place_ += 2;
      return static_cast<char>(letter - '@');
    }
    if (c == '\\') return escape(quote);
    ++place_;
    return c;
  }

  static bool is_control(char c) { return (c >= '@' && c <= '_') || (c >= 'a' && c <= 'z'); }

  char escape(char quote) {
    const std::size_t start = column();
    ++place_;
    if (!at_end() && here() == '\\') {
      ++place_;
      return '\\';
    }
    if (at_end() || !is_digit(here())) {
      error(start,
            "a backslash must be followed by another one or by the decimal code of a character, as in \\17");
      // A quote after the backslash is taken as text, so that one slip does not spoil the rest of the line.
      if (!at_end() && here() == quote) ++place_;
      return '\\';
    }
    int code = 0;
    for (int digits = 0; digits < 3 && !at_end() && is_digit(here()); ++digits, ++place_) {
      code = code * 10 + (here() - '0');
    }
    if (code > 255) error(start, "character codes end at \\255");
    return static_cast<char>(code);
  }

  std::string_view source_;
  const std::string& file_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t place_ = 0;
  std::size_t line_ = 1;
  std::size_t line_start_ = 0;
  bool fresh_line_ = true;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source, const std::string& file,
                            std::vector<Diagnostic>& diagnostics) {
  return Lexer(source, file, diagnostics).run();
}

}  // namespace external::modem
