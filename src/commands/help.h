#pragma once
// The texts of --help.

#include "command.h"

namespace external::commands {

/// Options that every command has.
const std::vector<Option>& common_options();

/// The whole program on one page.
std::string program_help(const std::vector<Command>& commands);

std::string command_help(const Command& command);

}  // namespace external::commands
