#include <external/config/load.h>

namespace external::config {

using std::filesystem::path;

namespace {

path existing(const path& file, const std::string& origin) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) return file;
  throw ConfigError({{file.string(), 0, "there is no such file, but " + origin + " names it"}});
}

}  // namespace

path find_config(const std::optional<path>& named, const std::optional<std::string>& environment,
                 const path& folder) {
  if (named) return existing(*named, "--config");
  if (environment && !environment->empty()) return existing(*environment, "EXTERNAL_CONFIG");
  std::error_code error;
  for (const auto& place : {folder / "external.ini", path("/etc/external/external.ini")}) {
    if (std::filesystem::exists(place, error)) return place;
  }
  throw ConfigError(
      {{"external.ini", 0,
        "not found here nor in /etc/external; name it with --config FILE, or make a post office with: "
        "external init NETWORK/POSTOFFICE FOLDER"}});
}

}  // namespace external::config
