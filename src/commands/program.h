#pragma once
// The program `external`, from its arguments to its exit code.

#include "exit.h"
#include "surroundings.h"

namespace external::commands {

/// `called` is the name the program was started under, a path or not. Never throws; errors go to world.err.
Exit run_program(const std::string& called, const std::vector<std::string>& arguments, Surroundings& world);

}  // namespace external::commands
