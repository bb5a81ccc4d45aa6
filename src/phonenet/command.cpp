#include "command.h"

#include <cctype>
#include <charconv>

namespace external::phonenet {
namespace {

constexpr std::string_view prefixes = "&\\%*-#";

std::optional<unsigned> take_number(std::string_view& line) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc()) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  return value;
}

std::optional<Command> take_dial(std::string_view& line) {
  Command command{.kind = CommandKind::dial, .name = "D"};
  const auto end = line.find(';');
  command.text = line.substr(0, end);
  command.stay = end != std::string_view::npos;
  line.remove_prefix(command.stay ? end + 1 : line.size());
  return command;
}

std::optional<Command> take_extended(std::string_view& line) {
  const auto end = line.find(';');
  const std::string_view whole = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  const auto operation = whole.find_first_of("=?");
  Command command{.kind = CommandKind::extended};
  command.name = whole.substr(0, operation);
  if (operation != std::string_view::npos) command.text = whole.substr(operation);
  return command;
}

std::optional<Command> take_register(std::string_view& line, std::optional<unsigned> index) {
  Command command{.kind = CommandKind::select_register, .name = "S", .index = index};
  if (line.empty()) return command;
  if (line.front() == '?') {
    line.remove_prefix(1);
    command.kind = CommandKind::read_register;
  } else if (line.front() == '=') {
    line.remove_prefix(1);
    command.kind = CommandKind::set_register;
    command.number = take_number(line).value_or(0);
  }
  return command;
}

}  // namespace

std::optional<Command> next_command(std::string_view& line) {
  const char first = line.front();
  if (first == '+') return take_extended(line);
  if (first == '=' || first == '?') return take_register(line, std::nullopt);

  Command command;
  if (prefixes.find(first) != std::string_view::npos) {
    command.name = first;
    line.remove_prefix(1);
    if (line.empty()) return std::nullopt;
  }
  if (!std::isupper(static_cast<unsigned char>(line.front()))) return std::nullopt;
  command.name += line.front();
  line.remove_prefix(1);
  if (command.name == "D") return take_dial(line);
  const auto number = take_number(line);
  if (command.name == "S") return take_register(line, number.value_or(0));
  command.number = number;
  return command;
}

}  // namespace external::phonenet
