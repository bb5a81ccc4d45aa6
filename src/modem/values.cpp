#include "values.h"

namespace external::modem {

std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::to_string(std::get<std::int64_t>(value));
}

Value join(const Value& left, const Value& right) {
  const auto* a = std::get_if<std::int64_t>(&left);
  const auto* b = std::get_if<std::int64_t>(&right);
  // Unsigned, because a script that counts past the end must not be undefined behaviour.
  if (a != nullptr && b != nullptr) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(*a) + static_cast<std::uint64_t>(*b));
  }
  return to_text(left) + to_text(right);
}

std::optional<bool> compare(const Value& left, Relation relation, const Value& right) {
  if (relation == Relation::equal) return left == right;
  if (relation == Relation::not_equal) return left != right;
  if (relation == Relation::is_in) return to_text(right).find(to_text(left)) != std::string::npos;
  const auto* a = std::get_if<std::int64_t>(&left);
  const auto* b = std::get_if<std::int64_t>(&right);
  if (a == nullptr || b == nullptr) return std::nullopt;
  switch (relation) {
    case Relation::greater:
      return *a > *b;
    case Relation::greater_or_equal:
      return *a >= *b;
    case Relation::less:
      return *a < *b;
    default:
      return *a <= *b;
  }
}

}  // namespace external::modem
