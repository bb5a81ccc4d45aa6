#pragma once
// Modem scripts: from source text to something a Player can play.

#include <external/modem/procedure.h>

namespace external::modem {

/// Something the compiler has to say about a place in a script.
struct Diagnostic {
  enum class Severity { error, warning };

  std::string file;
  std::size_t line = 1;    ///< from 1
  std::size_t column = 1;  ///< from 1, in bytes; a tab counts as one
  Severity severity = Severity::error;
  std::string text;
};

/// "GENERIC.MDM:7:9: error: unknown command 'sned'; did you mean 'send'?"
std::string render(const Diagnostic& diagnostic);

struct Program;

/// A compiled script. Cheap to copy, never changes.
class Script {
 public:
  explicit Script(std::shared_ptr<const Program> program);

  /// The name it was compiled under.
  const std::string& file() const;

  /// A script need not hold every procedure; a missing one is skipped.
  bool has(Procedure procedure) const;

  /// Whether it looks at the ring line (`ri`), so that ANSWER has to be played although no byte came.
  bool reads_ring_line() const;

  const Program& program() const { return *program_; }

 private:
  std::shared_ptr<const Program> program_;
};

/// A script if there was no error; warnings may come with it.
struct Compilation {
  std::optional<Script> script;
  std::vector<Diagnostic> diagnostics;  ///< in the order of their places, one error a line, at most 50
};

/// Compiles source text (LF or CRLF, read up to the first Ctrl-Z). `file` is only a name for diagnostics.
/// Never throws for bad input.
Compilation compile(std::string_view source, const std::string& file);

/// Reads and compiles a file; a file that cannot be read is a diagnostic at 1:1.
Compilation compile_file(const std::string& path);

}  // namespace external::modem
