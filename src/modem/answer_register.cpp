#include "answer_register.h"

#include "program.h"

#include <external/base/text.h>

namespace external::modem {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c != '\r' && c != '\n') {
      lines.back() += c;
    } else if (!lines.back().empty()) {
      lines.emplace_back();
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

bool is_number(const std::string& line) {
  return !line.empty() && line.size() <= 3 && line.find_first_not_of("0123456789") == std::string::npos;
}

bool begins_with_at(const op::Send& send) {
  const auto* text = std::get_if<std::string>(&send.text.front());
  return text != nullptr && to_upper(*text).starts_with("AT");
}

}  // namespace

bool speaks_at(const Script& script) {
  const Program& program = script.program();
  const auto entry = program.entry(Procedure::initialize);
  if (!entry) return false;
  // Procedures stand one behind the other.
  std::size_t end = program.code.size();
  for (const auto& other : program.entries) {
    if (other && *other > *entry) end = std::min(end, *other);
  }
  for (std::size_t at = *entry; at < end; ++at) {
    const auto* send = std::get_if<op::Send>(&program.code[at].operation);
    if (send != nullptr && begins_with_at(*send)) return true;
  }
  return false;
}

std::optional<AnswerRegister> read_answer_register(std::string_view answer) {
  const auto lines = lines_of(answer);
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const std::string& result = lines[i + 1];
    if (!is_number(lines[i]) || (result != "OK" && result != "0")) continue;
    AnswerRegister found;
    found.rings = static_cast<unsigned>(std::stoul(lines[i]));
    found.echo = answer.find("ATS0?") != std::string_view::npos;
    found.words = result == "OK";
    return found;
  }
  return std::nullopt;
}

}  // namespace external::modem
