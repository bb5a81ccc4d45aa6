#pragma once
// What external.ini says now, put into effect in a running External. docs/configuration.md

#include <external/base/async.h>
#include <external/config/changes.h>
#include <external/config/load.h>

#include <functional>

namespace external::commands {

/// How a reload went.
struct Reload {
  bool ok = false;  ///< false: the settings of before stay, all of them
  std::vector<std::string>
      lines;  ///< for the log and for who asked: each change, or everything that is wrong
};

/// Reads the file again and finds out what has changed. One thread; what blocks runs on a worker.
class Reloading {
 public:
  using Settings = std::shared_ptr<const config::Settings>;

  struct Hooks {
    /// Puts settings into effect; returns what there is to tell beside the changes themselves, in lines.
    /// Throws std::runtime_error with all that is wrong, one a line; then nothing has changed.
    std::function<Task<std::vector<std::string>>(Settings)> use;

    /// The line of this name, which nothing has changed for, begins anew.
    std::function<Task<>(std::string instance)> renew;
  };

  /// `settings` are those it runs with; `overrides` those of the command line, which hold again.
  Reloading(Settings settings, std::vector<config::Override> overrides, Hooks hooks)
      : running_(std::move(settings)), overrides_(std::move(overrides)), hooks_(std::move(hooks)) {}

  /// All of it, or one instance (any case). Refused while another one is under way.
  Task<Reload> run(std::string instance = {});

  /// Those that hold now.
  const Settings& settings() const { return running_; }

 private:
  Task<Reload> all(config::Settings wanted);
  Task<Reload> one(config::Settings wanted, const std::string& instance);
  Task<Reload> put_in_place(config::Settings settings, const std::vector<config::Change>& changes);

  Settings running_;
  std::vector<config::Override> overrides_;
  Hooks hooks_;
  bool under_way_ = false;
};

}  // namespace external::commands
