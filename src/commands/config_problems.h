#pragma once
// Everything that would be in the way of a start with a configuration, or of its work, as far as can be seen
// without touching a line.

#include <external/config/load.h>

namespace external::commands {

/// What `reading` has found already, and what stands against its settings here: addresses, modem scripts
/// (looked up beside the configuration, then in `folders`), files, folders, ports, permissions. Looks at the
/// disk. What may be mended or plugged in later is a warning. Problems of external.ini come first, in the
/// order of its lines; those of scripts follow.
config::Diagnostics find_problems_of(const config::Reading& reading,
                                     const std::vector<std::filesystem::path>& folders);

}  // namespace external::commands
