#pragma once
// The commands on one AT line.

#include <optional>
#include <string>
#include <string_view>

namespace external::phonenet {

enum class CommandKind {
  basic,            ///< E0, &C1, \N3: name and number
  select_register,  ///< S7
  set_register,     ///< S7=45, or =45 for the one selected
  read_register,    ///< S7?, or ?
  dial,             ///< D: text is the dial string up to, without, a semicolon
  extended,         ///< +FCLASS=0: name, and text from the = or ? on
};

struct Command {
  CommandKind kind = CommandKind::basic;
  std::string name{};                ///< upper case with its prefix: "E", "&F", "+FCLASS"
  std::optional<unsigned> number{};  ///< what follows the name, or is assigned
  std::optional<unsigned> index{};   ///< of a register, if the command names one
  std::string text{};
  bool stay = false;  ///< dial: ended by a semicolon
};

/// Takes the first command off `line` (upper case, without blanks, without AT). Nothing if it makes no sense.
std::optional<Command> next_command(std::string_view& line);

}  // namespace external::phonenet
