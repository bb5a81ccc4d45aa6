#include "checks.h"

#include "conditions.h"
#include "flow.h"

#include <algorithm>
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
    check_loops();
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
    const auto reached = reachable(program_, entry);
    for (std::size_t at = entry; at < program_.code.size(); ++at) {
      if (!is_fall_off(program_.code[at].operation)) continue;
      if (!reached[at]) return check_reach(entry, at, reached);
      const bool returns = std::any_of(
          program_.code.begin() + static_cast<std::ptrdiff_t>(entry),
          program_.code.begin() + static_cast<std::ptrdiff_t>(at),
          [](const Instruction& one) { return std::holds_alternative<op::Return>(one.operation); });
      const std::string name(name_of(procedure));
      warn(program_.code[at].line, name + (returns ? "" : " holds no 'return' and") +
                                       " can run past its end, which counts as 'return 4'");
      return check_reach(entry, at, reached);
    }
  }

  /// One complaint for each piece of code between two that are reached.
  void check_reach(std::size_t begin, std::size_t end, const std::vector<bool>& reached) {
    bool complained = false;
    for (std::size_t at = begin; at < end; ++at) {
      if (!program_.code[at].written) continue;
      if (!reached[at] && !complained) warn(program_.code[at].line, "this is never reached");
      complained = !reached[at];
    }
  }

  void check_loops() {
    for (const std::size_t at : restless_loops(program_)) {
      warn(program_.code[at].line,
           "this loop has no pause; put 'wait' or 'waitrsp' into it, or it goes on until the procedure is "
           "stopped");
    }
  }

  void check_instruction(std::size_t at) {
    const auto& [operation, line, written] = program_.code[at];
    line_ = line;
    std::visit([this](const auto& part) { uses(part); }, operation);
    if (const auto* branch = std::get_if<op::JumpUnless>(&operation)) check_chain(*branch);
    const auto* send = std::get_if<op::Send>(&operation);
    if (send == nullptr || !send->line) return;
    if (const auto next = next_command(program_, at); next && warned_.insert(*next).second) {
      warn(program_.code[*next].line,
           "two commands in a row; put 'waitrsp' between them, or their answers may come as one");
    }
  }

  /// An `else if` that asks what the `if` before it has asked.
  void check_chain(const op::JumpUnless& first) {
    std::size_t at = first.target;
    while (const auto* later = std::get_if<op::JumpUnless>(&program_.code[at].operation)) {
      if (later->target <= at) return;
      if (same(first.condition, later->condition)) {
        if (warned_.insert(at).second) {
          warn(program_.code[at].line, "the same was asked before, so this condition is never true");
        }
        return;
      }
      at = later->target;
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
    if (auto complaint = complaint_about(branch.condition); !complaint.empty()) warn(line_, complaint);
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
  std::set<std::size_t> warned_;
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
