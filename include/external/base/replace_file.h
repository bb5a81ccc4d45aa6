#pragma once
// Small files that are replaced as a whole.

#include <filesystem>
#include <string_view>

namespace external {

/// Puts a file with this text in the place of `path`: whoever reads sees the old one or the new one, whole,
/// also after a loss of power. Mode 0600. Blocks on the disk. Throws std::system_error whose text names the
/// file; the old one is then untouched.
void replace_file(const std::filesystem::path& path, std::string_view text);

}  // namespace external
