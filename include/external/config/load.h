#pragma once
// From external.ini and the command line to Settings.

#include <external/config/diagnostic.h>
#include <external/config/settings.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace external::config {

/// A setting given on the command line; it wins over the file.
struct Override {
  std::string name;
  std::string value;  ///< "yes" where only the name was given

  bool operator==(const Override&) const = default;
};

struct CommandLine {
  std::vector<Override> overrides;
  std::vector<std::string> rest;  ///< everything else, in order
};

/// Takes the settings out of a command line: `--Name=value`, `/Name=value`, `--Name`, `/Name`, names in any
/// case. The names are those of [External] and [External-NAME]. Nothing after `--` is taken.
CommandLine take_overrides(const std::vector<std::string>& arguments);

/// Reads, checks and completes a configuration. Settings of instances that stand in [External] hold for every
/// instance that does not say otherwise; overrides hold for all. Throws ConfigError with everything that is
/// wrong, also when the file cannot be read, or holds a password and is readable by others than its owner.
Settings load(const std::filesystem::path& file, const std::vector<Override>& overrides = {});

/// What could be read, and everything that is wrong with it.
struct Reading {
  Settings settings;  ///< good only without errors; otherwise what is wrong or missing has its default
  Diagnostics diagnostics;
};

/// As load(), for who wants to look further: throws nothing.
Reading read(const std::filesystem::path& file, const std::vector<Override>& overrides = {});

/// The same for a text that is not (yet) in a file; `file` gives the folder and the name in diagnostics.
Settings parse(std::string_view text, const std::filesystem::path& file,
               const std::vector<Override>& overrides = {});

/// Whether the value of a setting is not to be shown: Password, Phone, which may hold the number of a card,
/// and ways out, which may hold a password. Names in any case.
bool is_secret(std::string_view setting);

/// Which file to use: the one named by --config, else the value of EXTERNAL_CONFIG, else
/// `folder`/external.ini if it exists, else /etc/external/external.ini. Throws ConfigError when that does not
/// exist.
std::filesystem::path find_config(const std::optional<std::filesystem::path>& named,
                                  const std::optional<std::string>& environment,
                                  const std::filesystem::path& folder = ".");

/// Names of all settings, for help and for telling what a mistyped one may have meant.
std::vector<std::string> setting_names();

/// Every setting with its section and meaning, for --help.
std::string describe_settings();

}  // namespace external::config
