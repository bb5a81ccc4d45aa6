#include <external/config/diagnostic.h>

#include <algorithm>

namespace external::config {

namespace {

std::string joined(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += to_string(diagnostic);
  }
  return text;
}

}  // namespace

Diagnostics in_order(Diagnostics diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
  return diagnostics;
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const auto& one) { return !one.warning; });
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string place = diagnostic.source;
  if (diagnostic.line > 0) place += ":" + std::to_string(diagnostic.line);
  if (diagnostic.column > 0) place += ":" + std::to_string(diagnostic.column);
  return place + (diagnostic.warning ? ": warning: " : ": error: ") + diagnostic.text;
}

ConfigError::ConfigError(Diagnostics diagnostics)
    : std::runtime_error(joined(in_order(diagnostics))), diagnostics_(in_order(std::move(diagnostics))) {}

}  // namespace external::config
