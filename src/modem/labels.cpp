#include "labels.h"

#include <external/base/text.h>

#include <algorithm>

namespace external::modem {

bool Labels::define(const Token& label, std::size_t target) {
  return definitions_.emplace(to_lower(label.text), Definition{target, label}).second;
}

void Labels::refer(const Token& label, std::size_t instruction) {
  references_.push_back({label, instruction});
}

std::size_t Labels::line_of(const Token& label) const {
  const auto found = definitions_.find(to_lower(label.text));
  return found == definitions_.end() ? 0 : found->second.label.line;
}

std::vector<Token> Labels::unused() const {
  std::vector<Token> found;
  for (const auto& [name, definition] : definitions_) {
    const bool used = std::any_of(
        references_.begin(), references_.end(),
        [&name = name](const Reference& reference) { return to_lower(reference.label.text) == name; });
    if (!used) found.push_back(definition.label);
  }
  std::sort(found.begin(), found.end(), [](const Token& a, const Token& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return found;
}

void Labels::resolve(std::vector<Instruction>& code,
                     const std::function<void(const Token&, const std::string&)>& missing) const {
  std::vector<std::string> known;
  for (const auto& [name, definition] : definitions_) known.push_back(name);
  for (const auto& [label, instruction] : references_) {
    const auto found = definitions_.find(to_lower(label.text));
    if (found == definitions_.end()) {
      missing(label, nearest(label.text, known));
      continue;
    }
    std::get<op::Jump>(code[instruction].operation).target = found->second.target;
  }
}

}  // namespace external::modem
