#include <external/config/diagnostic.h>

#include <algorithm>

namespace external::config {

namespace {

Diagnostics in_order(Diagnostics diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
  return diagnostics;
}

std::string joined(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += to_string(diagnostic);
  }
  return text;
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  const std::string place = diagnostic.line > 0 ? ":" + std::to_string(diagnostic.line) : "";
  return diagnostic.source + place + ": error: " + diagnostic.text;
}

ConfigError::ConfigError(Diagnostics diagnostics)
    : std::runtime_error(joined(in_order(diagnostics))), diagnostics_(in_order(std::move(diagnostics))) {}

}  // namespace external::config
