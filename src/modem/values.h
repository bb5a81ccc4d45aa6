#pragma once
// Numbers and texts of a script while it plays.

#include "program.h"

#include <external/modem/player.h>

namespace external::modem {

using Value = Player::Value;

std::string to_text(const Value& value);

/// Adds two numbers; joins anything else as text.
Value join(const Value& left, const Value& right);

/// Nothing if `relation` orders numbers and one side is text.
std::optional<bool> compare(const Value& left, Relation relation, const Value& right);

}  // namespace external::modem
