#pragma once
// From tokens to a program.

#include "lexer.h"
#include "program.h"

namespace external::modem {

/// The program; what is wrong with the script is added to `diagnostics`. With errors there the program is
/// useless.
Program parse(std::vector<Token> tokens, const std::string& file, std::vector<Diagnostic>& diagnostics);

}  // namespace external::modem
