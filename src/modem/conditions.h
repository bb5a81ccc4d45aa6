#pragma once
// Conditions whose outcome is known before they are played.

#include "program.h"

namespace external::modem {

/// Whether both ask the same.
bool same(const Condition& a, const Condition& b);

/// What there is to say about a condition that is always true, never true, or hardly ever; empty for a sound
/// one. Type mismatches are the parser's business.
std::string complaint_about(const Condition& condition);

}  // namespace external::modem
