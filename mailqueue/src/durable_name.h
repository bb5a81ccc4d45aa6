#pragma once
// Names of files, which are durable only once their folder is.

#include <mailqueue/error.h>

#include <filesystem>

namespace mailqueue {

/// Throws what the system error `error` means for `path`, which could not be `action` ("opened").
[[noreturn]] void fail_with(const std::filesystem::path& path, const char* action, int error);

/// On return the names in `folder` are durable. Throws Error.
void sync_folder(const std::filesystem::path& folder);

}  // namespace mailqueue
