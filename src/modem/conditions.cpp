#include "conditions.h"

#include "values.h"

#include <external/base/text.h>

#include <algorithm>

namespace external::modem {

namespace {

bool same(const Term& a, const Term& b) {
  if (a.index() != b.index()) return false;
  if (const auto* text = std::get_if<std::string>(&a)) return *text == std::get<std::string>(b);
  if (const auto* number = std::get_if<std::int64_t>(&a)) return *number == std::get<std::int64_t>(b);
  if (const auto* system = std::get_if<SystemVariable>(&a)) return *system == std::get<SystemVariable>(b);
  return std::get<UserVariable>(a).name == std::get<UserVariable>(b).name;
}

bool same(const Expression& a, const Expression& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Term& one, const Term& other) { return same(one, other); });
}

/// The value of an expression that holds no variable.
std::optional<Value> constant(const Expression& expression) {
  std::optional<Value> value;
  for (const auto& term : expression) {
    Value one;
    if (const auto* text = std::get_if<std::string>(&term)) {
      one = *text;
    } else if (const auto* number = std::get_if<std::int64_t>(&term)) {
      one = *number;
    } else {
      return std::nullopt;
    }
    value = value ? join(*value, one) : one;
  }
  return value;
}

std::optional<SystemVariable> variable(const Expression& expression) {
  if (expression.size() != 1) return std::nullopt;
  const auto* system = std::get_if<SystemVariable>(&expression.front());
  if (system == nullptr) return std::nullopt;
  return *system;
}

std::string about_constants(const Value& left, Relation relation, const Value& right) {
  const auto holds = compare(left, relation, right);
  if (!holds) return {};
  return *holds ? "this condition is always true" : "this condition is never true";
}

std::string about_response(const std::string& text) {
  constexpr std::string_view words[] = {"OK",         "RING",        "BUSY",         "ERROR",
                                        "NO CARRIER", "NO DIALTONE", "NO DIAL TONE", "NO ANSWER"};
  if (text.empty()) return {};
  if (text.find('\r') == std::string::npos) {
    return "a whole response holds ^M, so this is true only for what came before the time was up; use 'isin'";
  }
  const auto word = trim(text);
  const bool is_word =
      std::find(std::begin(words), std::end(words), word) != std::end(words) || word.starts_with("CONNECT");
  if (is_word && text.find('\n') == std::string::npos) {
    return "results in words come with ^M^J around them, so this is never true; use 'isin'";
  }
  return {};
}

/// A variable of the system compared with something it may never hold.
std::string about_value(SystemVariable name, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (name == SystemVariable::response) return about_response(*text);
    if (name == SystemVariable::dial_mode && *text != "T" && *text != "P") {
      return "'dial_mode' holds T or P, so this is never true";
    }
    return {};
  }
  const auto number = std::get<std::int64_t>(value);
  if (name == SystemVariable::ri && number > 1) return "'ri' holds 0 or 1, so this is never true";
  if (name == SystemVariable::listen && number > 1) return "'listen' holds 0 or 1, so this is never true";
  return {};
}

}  // namespace

bool same(const Condition& a, const Condition& b) {
  return a.relation == b.relation && same(a.left, b.left) && same(a.right, b.right);
}

std::string complaint_about(const Condition& condition) {
  const auto left = constant(condition.left);
  const auto right = constant(condition.right);
  if (left && right) return about_constants(*left, condition.relation, *right);
  if (condition.relation == Relation::is_in) {
    return left == Value(std::string()) ? "nothing is in every text, so this condition is always true" : "";
  }
  if (condition.relation != Relation::equal) return {};
  if (const auto name = variable(condition.left); name && right) return about_value(*name, *right);
  if (const auto name = variable(condition.right); name && left) return about_value(*name, *left);
  return {};
}

}  // namespace external::modem
