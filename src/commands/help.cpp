#include "help.h"

#include <fmt/format.h>

namespace external::commands {

namespace {

std::string title(const Option& option) {
  return "--" + option.name + (option.value.empty() ? "" : " " + option.value);
}

std::string option_lines(const std::vector<Option>& options) {
  std::string text;
  for (const auto& option : options) text += fmt::format("  {:<24} {}\n", title(option), option.meaning);
  return text;
}

constexpr std::string_view program_end = R"(
The configuration is FILE, else $EXTERNAL_CONFIG, ./external.ini or /etc/external/external.ini. A setting
of it can be given for one command as --Name=value or /Name=value.

`external COMMAND --help` explains a command. Called as `sendmail`, the program takes mail as sendmail does;
as `rmail`, `rsmtp` or `bsmtp`, as UUCP hands it over.
Exit codes are those of sysexits.h: 0 fine, 1 no (no route, nothing matched), 64 usage, 65 wrong data,
66 no such file, 67 unknown mailbox, 68 unknown post office, 69 not available, 73 cannot create, 74 disk,
75 try later, 77 not allowed, 78 external.ini is wrong.
)";

}  // namespace

const std::vector<Option>& common_options() {
  static const std::vector<Option> options = {
      {"config", "FILE", "the external.ini to use"},
      {"help", "", "explain the command"},
  };
  return options;
}

std::string program_help(const std::vector<Command>& commands) {
  std::string text = "usage: external [--config FILE] COMMAND ...\n       external --help | --version\n\n";
  text += "Moves mail between post offices over modems, serial cables, radio and TCP.\n\n";
  for (const auto& command : commands) text += fmt::format("  {:<14} {}\n", command.name, command.summary);
  return text + std::string(program_end);
}

std::string command_help(const Command& command) {
  std::string text;
  for (const auto& form : command.synopsis) {
    text += fmt::format("{} external {}{}{}\n", text.empty() ? "usage:" : "      ", command.name,
                        form.empty() ? "" : " ", form);
  }
  text += "\n" + command.summary + ".\n";
  if (!command.text.empty()) text += "\n" + command.text;
  return text + "\n" + option_lines(command.options) + option_lines(common_options());
}

}  // namespace external::commands
