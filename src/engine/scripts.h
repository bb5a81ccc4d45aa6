#pragma once
// The scripts that a configuration names, compiled.

#include <external/base/async.h>
#include <external/config/settings.h>
#include <external/log/log.h>
#include <external/modem/script.h>

#include <map>

namespace external::engine {

/// A script NAME is the file NAME.MDM (without regard to case) beside the configuration, else in the first of
/// the folders that has it. Warnings go to the log, which must outlive the set.
class ScriptSet {
 public:
  /// Blocks. Scripts that are missing or wrong are left to who asks for them; those that post offices name
  /// must be good: throws std::runtime_error with every error of theirs, one a line.
  ScriptSet(const config::Settings& settings, const std::vector<std::filesystem::path>& folders,
            log::Log& log, Worker::Place place = Worker::Place::own_thread);

  /// By its name in capitals; good until reload(). Throws std::out_of_range for one that no setting names, or
  /// that is missing or wrong.
  const modem::Script& at(const std::string& name) const { return scripts_.at(name); }

  /// Why there is no such script, one error a line; empty if there is.
  std::string trouble_with(const std::string& name) const;

  /// Takes the scripts that other settings name besides those there are. Throws std::runtime_error if one of
  /// them is missing or wrong, with every error, one a line; none is taken then.
  Task<> add(const config::Settings& settings);

  /// Reads again what was edited since it was last read. A script that is wrong now, or gone, is reported
  /// once, with line and column, and the one that was read before stays in use.
  Task<> reload();

 private:
  /// What tells that a file is another one than before.
  struct Stamp {
    std::filesystem::path file;  ///< empty: there is none
    std::filesystem::file_time_type written{};
    std::uintmax_t size = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::map<std::string, Stamp>;
  struct Reading {
    std::string name;
    Stamp stamp;
    std::optional<modem::Script> script;
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
  };

  static Stamp stamp_of(const std::string& name, const std::vector<std::filesystem::path>& folders);
  static Reading read(std::string name, Stamp stamp);
  static std::vector<Reading> read_edited(const Stamps& known,
                                          const std::vector<std::filesystem::path>& folders);
  void take(Reading reading);
  void warn(const Reading& reading) const;

  std::vector<std::filesystem::path> folders_;
  log::Log& log_;
  std::map<std::string, modem::Script> scripts_;
  std::map<std::string, std::string> troubles_;  ///< of scripts that were never good
  Stamps stamps_;
  Worker worker_;
};

}  // namespace external::engine
