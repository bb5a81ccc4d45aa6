#pragma once
// From the text of a script to its tokens.

#include <external/modem/script.h>

namespace external::modem {

struct Token {
  enum class Kind { word, variable, number, string, symbol, end };

  Kind kind = Kind::end;
  std::string text;         ///< word as written; variable in lower case without `$`; string decoded; symbol
  std::int64_t number = 0;  ///< of a number
  std::size_t line = 1;
  std::size_t column = 1;
  bool starts_line = false;  ///< the first token of its source line

  bool is_symbol(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
};

/// All tokens, the last one of kind `end`. What cannot be a token is reported and left out.
std::vector<Token> tokenize(std::string_view source, const std::string& file,
                            std::vector<Diagnostic>& diagnostics);

}  // namespace external::modem
