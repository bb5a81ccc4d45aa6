#pragma once
// The first external.ini of a new post office.

#include <filesystem>
#include <string>
#include <string_view>

namespace external::config {

/// A commented external.ini that can be used as it is: no line is active yet, examples stand as comments.
/// `home` is NETWORK/POSTOFFICE; throws BadValue if it is no such name.
std::string starter_text(std::string_view home);

/// Writes it to `folder`/external.ini, readable by its owner only, and returns that path. The folder must
/// exist. Throws ConfigError when the file exists already or cannot be written; an existing one is never
/// touched.
std::filesystem::path write_starter(const std::filesystem::path& folder, std::string_view home);

}  // namespace external::config
