#pragma once
// Reading small files whole.

#include <filesystem>
#include <string>

namespace external::config {

struct SmallFile {
  std::string text;
  bool others_can_read = false;  ///< its group or everybody
};

/// Reads at most 1 MB. Throws std::runtime_error whose text is the cause: "cannot be read: Permission
/// denied".
SmallFile read_small_file(const std::filesystem::path& path);

}  // namespace external::config
