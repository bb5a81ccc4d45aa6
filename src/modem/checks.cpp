#include "checks.h"

#include <set>

namespace external::modem {

namespace {

class Checker {
 public:
  Checker(const Program& program, std::vector<Diagnostic>& diagnostics)
      : program_(program), diagnostics_(diagnostics) {}

  void run() {
    for (const Procedure procedure : procedures) {
      if (const auto entry = program_.entry(procedure)) check_end(procedure, *entry);
    }
    for (const auto& instruction : program_.code) {
      if (const auto* assign = std::get_if<op::Assign>(&instruction.operation)) set_.insert(assign->variable);
    }
    for (std::size_t i = 0; i < program_.code.size(); ++i) check_instruction(i);
  }

 private:
  void warn(std::size_t line, std::string text) {
    diagnostics_.push_back({program_.file, line, 1, Diagnostic::Severity::warning, std::move(text)});
  }

  /// The compiler ends each procedure in a Return of its own, marked by an empty expression.
  static bool is_fall_off(const Operation& operation) {
    const auto* last = std::get_if<op::Return>(&operation);
    return last != nullptr && last->code.empty();
  }

  void check_end(Procedure procedure, std::size_t entry) {
    std::vector<bool> seen(program_.code.size());
    std::vector<std::size_t> open{entry};
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (seen[at]) continue;
      seen[at] = true;
      const Operation& operation = program_.code[at].operation;
      if (is_fall_off(operation)) {
        warn(program_.code[at].line,
             std::string(name_of(procedure)) + " can run past its end, which counts as 'return 4'");
      }
      if (const auto* jump = std::get_if<op::Jump>(&operation)) {
        open.push_back(jump->target);
      } else if (!std::holds_alternative<op::Return>(operation)) {
        open.push_back(at + 1);
        if (const auto* branch = std::get_if<op::JumpUnless>(&operation)) open.push_back(branch->target);
      }
    }
  }

  void check_instruction(std::size_t at) {
    const auto& [operation, line] = program_.code[at];
    line_ = line;
    std::visit([this](const auto& part) { uses(part); }, operation);
    if (at == 0) return;
    const auto* before = std::get_if<op::Send>(&program_.code[at - 1].operation);
    const auto* now = std::get_if<op::Send>(&operation);
    if (before != nullptr && now != nullptr && before->line && now->line) {
      warn(line, "two commands in a row; put 'waitrsp' between them, or their answers may come as one");
    }
  }

  template <class Other>
  void uses(const Other&) {}
  void uses(const op::Title& title) { expression(title.text); }
  void uses(const op::Display& display) { expression(display.text); }
  void uses(const op::Send& send) { expression(send.text); }
  void uses(const op::Assign& assign) { expression(assign.value); }
  void uses(const op::Add& add) { variable(add.variable); }
  void uses(const op::JumpUnless& branch) {
    expression(branch.condition.left);
    expression(branch.condition.right);
  }
  void uses(const op::Return& last) {
    expression(last.code);
    if (last.code.empty()) return;
    const auto* code = std::get_if<std::int64_t>(&last.code.front());
    if (code == nullptr || is_return_code(*code)) return;
    warn(line_, "code " + std::to_string(*code) + " has no meaning of its own and counts as " +
                    std::string(name_of(return_code(*code))));
  }

  void expression(const Expression& terms) {
    for (const auto& term : terms) {
      if (const auto* user = std::get_if<UserVariable>(&term)) variable(user->name);
    }
  }

  void variable(const std::string& name) {
    if (set_.contains(name) || !reported_.insert(name).second) return;
    warn(line_, "$" + name + " is used but never set; it counts as 0");
  }

  const Program& program_;
  std::vector<Diagnostic>& diagnostics_;
  std::set<std::string> set_;
  std::set<std::string> reported_;
  std::size_t line_ = 0;
};

Type type_of(const Term& term) {
  if (std::holds_alternative<std::string>(term)) return Type::text;
  if (std::holds_alternative<std::int64_t>(term)) return Type::number;
  if (const auto* system = std::get_if<SystemVariable>(&term)) {
    const bool is_number =
        *system == SystemVariable::listen || *system == SystemVariable::ri || *system == SystemVariable::key;
    return is_number ? Type::number : Type::text;
  }
  return Type::unknown;
}

}  // namespace

Type type_of(const Expression& expression) {
  Type type = Type::number;
  for (const auto& term : expression) {
    const Type one = type_of(term);
    if (one == Type::text) return Type::text;  // text joined with anything is text
    if (one == Type::unknown) type = Type::unknown;
  }
  return type;
}

void check(const Program& program, std::vector<Diagnostic>& diagnostics) {
  Checker(program, diagnostics).run();
}

}  // namespace external::modem
