#include "scripts.h"

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

std::set<std::string> script_names(const config::Settings& settings) {
  std::set<std::string> names;
  for (const auto& instance : settings.instances) {
    if (instance.comm_type == config::CommType::async && !instance.comm_disable)
      names.insert(to_upper(instance.comm_script));
  }
  for (const auto& office : settings.post_offices) {
    if (!office.script.empty()) names.insert(to_upper(office.script));
  }
  return names;
}

}  // namespace

std::map<std::string, modem::Script> compile_scripts(const config::Settings& settings,
                                                     const std::vector<fs::path>& folders, log::Log& log) {
  std::vector<fs::path> all{settings.folder};
  all.insert(all.end(), folders.begin(), folders.end());
  std::map<std::string, modem::Script> scripts;
  std::string errors;
  for (const auto& name : script_names(settings)) {
    const auto file = find_script(name, all);
    if (!file) {
      errors += "modem script " + name + ".MDM not found; put it beside " +
                settings.file.filename().string() + " or correct CommScript\n";
      continue;
    }
    auto compiled = modem::compile_file(file->string());
    for (const auto& diagnostic : compiled.diagnostics) {
      if (diagnostic.severity == modem::Diagnostic::Severity::warning) {
        log.write({}, modem::render(diagnostic));
      } else {
        errors += modem::render(diagnostic) + "\n";
      }
    }
    if (compiled.script) scripts.emplace(name, std::move(*compiled.script));
  }
  if (!errors.empty()) throw std::runtime_error(errors.substr(0, errors.size() - 1));
  return scripts;
}

}  // namespace external::engine
