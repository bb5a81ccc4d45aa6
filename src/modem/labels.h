#pragma once
// The labels of one procedure and the jumps to them.

#include "lexer.h"
#include "program.h"

namespace external::modem {

class Labels {
 public:
  /// False if the procedure has this label already.
  bool define(const Token& label, std::size_t target);

  /// Remembers that the Jump at `instruction` goes to `label`, defined or yet to come.
  void refer(const Token& label, std::size_t instruction);

  /// Line of the definition of `label`, 0 if there is none.
  std::size_t line_of(const Token& label) const;

  /// Labels that no jump goes to, in the order of the source.
  std::vector<Token> unused() const;

  /// Fills in the jumps of `code`; calls `missing(label, nearest known one or empty)` for those without a
  /// target.
  void resolve(std::vector<Instruction>& code,
               const std::function<void(const Token&, const std::string&)>& missing) const;

 private:
  struct Definition {
    std::size_t target;
    Token label;
  };
  struct Reference {
    Token label;
    std::size_t instruction;
  };
  std::map<std::string, Definition> definitions_;  ///< by lower-case name
  std::vector<Reference> references_;
};

}  // namespace external::modem
