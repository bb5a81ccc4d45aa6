#pragma once
// What can be said about a compiled script without playing it.

#include "program.h"

namespace external::modem {

/// What an expression is known to be before it is played.
enum class Type { text, number, unknown };
Type type_of(const Expression& expression);

/// Adds warnings: procedures that can run past their end, code that is never reached, loops without a pause,
/// two commands sent without reading the answer between, conditions that cannot be true, variables that are
/// never set, return codes without a meaning.
void check(const Program& program, std::vector<Diagnostic>& diagnostics);

}  // namespace external::modem
