#include "flow.h"

namespace external::modem {

namespace {

template <class Kind>
bool is(const Operation& operation) {
  return std::holds_alternative<Kind>(operation);
}

bool pauses_or_counts(const Operation& operation) {
  return is<op::Wait>(operation) || is<op::WaitResponse>(operation) || is<op::Add>(operation);
}

bool lets_time_pass(const Operation& operation) {
  return is<op::Wait>(operation) || is<op::WaitResponse>(operation) || is<op::ClearResponse>(operation) ||
         is<op::GetKey>(operation) || is<op::Dtr>(operation) || is<op::Baud>(operation);
}

/// Whether a way leads from `from` back to `to` on which nothing pauses or counts.
bool leads_back(const Program& program, std::size_t from, std::size_t to) {
  std::vector<bool> seen(program.code.size());
  std::vector<std::size_t> open{from};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (pauses_or_counts(program.code[at].operation)) continue;
    if (at == to) return true;
    if (seen[at]) continue;
    seen[at] = true;
    for (const std::size_t next : successors(program, at)) open.push_back(next);
  }
  return false;
}

/// next_command() from here on; `steps` bounds loops and branches.
std::optional<std::size_t> command_at(const Program& program, std::size_t at, std::size_t& steps) {
  if (steps == 0) return std::nullopt;
  --steps;
  const Operation& operation = program.code[at].operation;
  if (const auto* send = std::get_if<op::Send>(&operation)) {
    return send->line ? std::optional(at) : std::nullopt;
  }
  if (lets_time_pass(operation)) return std::nullopt;
  std::optional<std::size_t> found;
  for (const std::size_t next : successors(program, at)) {
    const auto command = command_at(program, next, steps);
    if (!command) return std::nullopt;
    if (!found) found = command;
  }
  return found;
}

}  // namespace

std::vector<std::size_t> successors(const Program& program, std::size_t at) {
  const Operation& operation = program.code[at].operation;
  if (is<op::Return>(operation)) return {};
  if (const auto* jump = std::get_if<op::Jump>(&operation)) return {jump->target};
  if (const auto* branch = std::get_if<op::JumpUnless>(&operation)) return {at + 1, branch->target};
  return {at + 1};
}

std::vector<bool> reachable(const Program& program, std::size_t entry) {
  std::vector<bool> seen(program.code.size());
  std::vector<std::size_t> open{entry};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    for (const std::size_t next : successors(program, at)) open.push_back(next);
  }
  return seen;
}

std::vector<std::size_t> restless_loops(const Program& program) {
  // A check of a script that a person wrote must not take long for one that a machine did.
  constexpr std::size_t most_jumps = 500;
  std::vector<std::size_t> loops;
  std::size_t jumps = 0;
  for (std::size_t at = 0; at < program.code.size(); ++at) {
    const auto* jump = std::get_if<op::Jump>(&program.code[at].operation);
    if (jump == nullptr || jump->target > at) continue;
    if (++jumps > most_jumps) break;
    if (leads_back(program, jump->target, at)) loops.push_back(at);
  }
  return loops;
}

std::optional<std::size_t> next_command(const Program& program, std::size_t at) {
  std::size_t steps = 200;
  return command_at(program, at + 1, steps);
}

}  // namespace external::modem
