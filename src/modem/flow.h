#pragma once
// Which instruction of a program can follow which.

#include "program.h"

namespace external::modem {

/// What can come right after the instruction at `at`; nothing after a Return.
std::vector<std::size_t> successors(const Program& program, std::size_t at);

/// The instructions that can be reached from `entry`, by index.
std::vector<bool> reachable(const Program& program, std::size_t entry);

/// The way back in a loop that neither pauses nor counts: the index of its last jump, for each such loop.
std::vector<std::size_t> restless_loops(const Program& program);

/// The command line that is sent after the one at `at` in any case, with nothing between that waits or
/// listens. Nothing if there is none, or none for certain.
std::optional<std::size_t> next_command(const Program& program, std::size_t at);

}  // namespace external::modem
