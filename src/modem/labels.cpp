#include "labels.h"

#include <external/base/text.h>

namespace external::modem {

bool Labels::define(const Token& label, std::size_t target) {
  return definitions_.emplace(to_lower(label.text), Definition{target, label.line}).second;
}

void Labels::refer(const Token& label, std::size_t instruction) {
  references_.push_back({label, instruction});
}

std::size_t Labels::line_of(const Token& label) const {
  const auto found = definitions_.find(to_lower(label.text));
  return found == definitions_.end() ? 0 : found->second.line;
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
