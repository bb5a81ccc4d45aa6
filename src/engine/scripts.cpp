#include "scripts.h"

#include <external/base/guard.h>
#include <external/base/text.h>

#include <set>
#include <stdexcept>

namespace external::engine {

namespace {

namespace fs = std::filesystem;

std::optional<fs::path> find_script(const std::string& name, const std::vector<fs::path>& folders) {
  for (const auto& folder : folders) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (equal_no_case(entry.path().filename().string(), name + ".MDM")) return entry.path();
    }
  }
  return std::nullopt;
}

std::set<std::string> scripts_of_instances(const config::Settings& settings) {
  std::set<std::string> names;
  for (const auto& instance : settings.instances) {
    if (instance.comm_type == config::CommType::async && !instance.comm_disable)
      names.insert(to_upper(instance.comm_script));
  }
  return names;
}

std::set<std::string> scripts_of_post_offices(const config::Settings& settings) {
  std::set<std::string> names;
  for (const auto& office : settings.post_offices) {
    if (!office.script.empty()) names.insert(to_upper(office.script));
  }
  return names;
}

std::string lines_of(const std::vector<std::string>& errors) {
  std::string text;
  for (const auto& error : errors) text += (text.empty() ? "" : "\n") + error;
  return text;
}

}  // namespace

ScriptSet::ScriptSet(const config::Settings& settings, const std::vector<fs::path>& folders, log::Log& log,
                     Worker::Place place)
    : folders_{settings.folder}, log_(log), worker_(place) {
  folders_.insert(folders_.end(), folders.begin(), folders.end());
  auto names = scripts_of_instances(settings);
  const auto needed = scripts_of_post_offices(settings);
  names.insert(needed.begin(), needed.end());
  std::vector<std::string> errors;
  for (const auto& name : names) {
    auto reading = read(name, stamp_of(name, folders_));
    warn(reading);
    stamps_[name] = reading.stamp;
    if (reading.script) scripts_.emplace(name, std::move(*reading.script));
    if (!reading.errors.empty()) troubles_[name] = lines_of(reading.errors);
    if (needed.contains(name)) errors.insert(errors.end(), reading.errors.begin(), reading.errors.end());
  }
  if (!errors.empty()) throw std::runtime_error(lines_of(errors));
}

std::string ScriptSet::trouble_with(const std::string& name) const {
  const auto trouble = troubles_.find(name);
  return trouble == troubles_.end() ? std::string() : trouble->second;
}

ScriptSet::Stamp ScriptSet::stamp_of(const std::string& name, const std::vector<fs::path>& folders) {
  const auto file = find_script(name, folders);
  if (!file) return {};
  std::error_code ignored;
  Stamp stamp;
  stamp.file = *file;
  stamp.written = fs::last_write_time(*file, ignored);
  stamp.size = fs::file_size(*file, ignored);
  return stamp;
}

ScriptSet::Reading ScriptSet::read(std::string name, Stamp stamp) {
  Reading reading;
  reading.name = std::move(name);
  reading.stamp = std::move(stamp);
  if (reading.stamp.file.empty()) {
    reading.errors.push_back("modem script " + reading.name +
                             ".MDM not found; put it beside external.ini or correct CommScript");
    return reading;
  }
  auto compiled = modem::compile_file(reading.stamp.file.string());
  for (const auto& diagnostic : compiled.diagnostics) {
    const bool warning = diagnostic.severity == modem::Diagnostic::Severity::warning;
    (warning ? reading.warnings : reading.errors).push_back(modem::render(diagnostic));
  }
  reading.script = std::move(compiled.script);
  return reading;
}

std::vector<ScriptSet::Reading> ScriptSet::read_edited(const Stamps& known,
                                                       const std::vector<fs::path>& folders) {
  std::vector<Reading> edited;
  for (const auto& [name, before] : known) {
    auto now = stamp_of(name, folders);
    if (now != before) edited.push_back(read(name, std::move(now)));
  }
  return edited;
}

Task<> ScriptSet::add(const config::Settings& settings) {
  auto names = scripts_of_instances(settings);
  names.merge(scripts_of_post_offices(settings));
  std::erase_if(names, [this](const auto& name) { return stamps_.contains(name); });
  const auto job = [names, folders = folders_] {
    std::vector<Reading> readings;
    for (const auto& name : names) readings.push_back(read(name, stamp_of(name, folders)));
    return readings;
  };
  auto readings = co_await worker_.run(job);
  std::vector<std::string> errors;
  for (const auto& one : readings) errors.insert(errors.end(), one.errors.begin(), one.errors.end());
  if (!errors.empty()) throw std::runtime_error(lines_of(errors));
  for (auto& one : readings) {
    warn(one);
    stamps_[one.name] = one.stamp;
    scripts_.insert_or_assign(one.name, std::move(*one.script));
  }
}

Task<> ScriptSet::reload() {
  const auto job = [known = stamps_, folders = folders_] { return read_edited(known, folders); };
  auto edited = co_await worker_.run(job);
  for (auto& reading : edited) take(std::move(reading));
}

void ScriptSet::take(Reading reading) {
  if (stamps_[reading.name] == reading.stamp) return;  // two asked at the same time
  stamps_[reading.name] = reading.stamp;
  warn(reading);
  if (reading.script) {
    log_.write({}, "Modem script " + reading.name + " was edited; the new one is used from now on.");
    scripts_.insert_or_assign(reading.name, std::move(*reading.script));
    troubles_.erase(reading.name);
    return;
  }
  if (!scripts_.contains(reading.name)) {
    troubles_[reading.name] = lines_of(reading.errors);
    return;
  }
  for (const auto& error : reading.errors) log_.write({}, error);
  log_.write({}, "Modem script " + reading.name + " cannot be used as it is now; the one read before stays.");
  if (!guarded("R45")) scripts_.erase(reading.name);
}

void ScriptSet::warn(const Reading& reading) const {
  for (const auto& warning : reading.warnings) log_.write({}, warning);
}

}  // namespace external::engine
