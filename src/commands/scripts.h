#pragma once
// Modem scripts as commands need them.

#include <external/modem/script.h>

#include <filesystem>
#include <iosfwd>

namespace external::commands {

/// The file NAME.MDM in any case, in the first of `folders` that has it. Throws Failure (config).
std::filesystem::path find_script(const std::string& name, const std::vector<std::filesystem::path>& folders);

/// Compiles a file. What is wrong with it goes to `err`; throws Failure (data) if it cannot be used.
modem::Script compile_or_fail(const std::filesystem::path& file, std::ostream& err);

/// Runs a coroutine to its end on this thread; throws what it throws.
void run_alone(const std::function<Task<>()>& task);

}  // namespace external::commands
