#pragma once
// The scripts that a configuration names, compiled.

#include <external/config/settings.h>
#include <external/log/log.h>
#include <external/modem/script.h>

#include <map>

namespace external::engine {

/// By name in capitals. A script NAME is the file NAME.MDM (without regard to case) beside the configuration,
/// else in the first of `folders` that has it. Warnings go to the log. Throws std::runtime_error with every
/// error, one a line.
std::map<std::string, modem::Script> compile_scripts(const config::Settings& settings,
                                                     const std::vector<std::filesystem::path>& folders,
                                                     log::Log& log);

}  // namespace external::engine
