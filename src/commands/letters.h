#pragma once
// The messages behind the operands of `send`: files, folders, standard input.

#include "source.h"

#include <filesystem>

namespace external::commands {

/// Calls `take` for each message of `path`: the file itself, or each message in it if it is a Maildir (new/
/// and cur/, in the order of their names). Throws Failure (no_input, io).
void each_in_file(const std::filesystem::path& path, const std::function<void(Source)>& take);

/// The same for an mbox file.
void each_in_mbox_file(const std::filesystem::path& path, const std::function<void(Source)>& take);

}  // namespace external::commands
