#pragma once
// What is wrong with a configuration, all of it at once.

#include <compare>
#include <stdexcept>
#include <string>
#include <vector>

namespace external::config {

struct Diagnostic {
  std::string source;    ///< the file, or "command line"
  int line = 0;          ///< from 1; 0 where the whole source is meant
  std::string text;      ///< cause and cure, without a full stop
  bool warning = false;  ///< External can run as it is
  int column = 0;        ///< from 1; 0 where the whole line is meant

  auto operator<=>(const Diagnostic&) const = default;
};

/// "external.ini:12: error: unknown setting 'AsyncSped'; did you mean AsyncSpeed?"
std::string to_string(const Diagnostic& diagnostic);

using Diagnostics = std::vector<Diagnostic>;

/// In the order of the file; what is not about a line comes first.
Diagnostics in_order(Diagnostics diagnostics);

bool has_errors(const Diagnostics& diagnostics);

/// Thrown when a configuration cannot be used. what() is one line per diagnostic, in the order of the file.
/// No diagnostic ever shows the value of a password.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(Diagnostics diagnostics);
  const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  Diagnostics diagnostics_;
};

}  // namespace external::config
