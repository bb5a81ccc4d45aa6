#include "checks.h"
#include "parser.h"

#include <external/base/guard.h>
#include <external/modem/script.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace external::modem {

namespace {

constexpr std::size_t largest_source = 1 << 20;
constexpr std::size_t most_diagnostics = 50;

Compilation refused(const std::string& file, std::string text) {
  return {std::nullopt, {{file, 1, 1, Diagnostic::Severity::error, std::move(text)}}};
}

bool is_error(const Diagnostic& diagnostic) {
  return diagnostic.severity == Diagnostic::Severity::error;
}

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
}

/// What follows the first error of a line is mostly its consequence.
void keep_first_error_of_each_line(std::vector<Diagnostic>& diagnostics) {
  std::size_t last_line = 0;
  std::erase_if(diagnostics, [&](const Diagnostic& diagnostic) {
    return is_error(diagnostic) && std::exchange(last_line, diagnostic.line) == diagnostic.line;
  });
  if (diagnostics.size() > most_diagnostics) diagnostics.resize(most_diagnostics);
}

}  // namespace

std::string render(const Diagnostic& diagnostic) {
  return diagnostic.file + ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) +
         ": " + (is_error(diagnostic) ? "error: " : "warning: ") + diagnostic.text;
}

Script::Script(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

const std::string& Script::file() const {
  return program_->file;
}

bool Script::has(Procedure procedure) const {
  return program_->entry(procedure).has_value();
}

bool Script::reads_ring_line() const {
  return program_->reads_ring_line;
}

Compilation compile(std::string_view source, const std::string& file) {
  if (source.size() > largest_source) return refused(file, "this is no modem script: it is larger than 1 MB");
  Compilation result;
  auto tokens = tokenize(source, file, result.diagnostics);
  Program program = parse(std::move(tokens), file, result.diagnostics);
  if (std::none_of(result.diagnostics.begin(), result.diagnostics.end(), is_error) || !guarded("R45")) {
    check(program, result.diagnostics);
    result.script.emplace(std::make_shared<const Program>(std::move(program)));
  }
  sort_by_place(result.diagnostics);
  keep_first_error_of_each_line(result.diagnostics);
  return result;
}

Compilation compile_file(const std::string& path) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure))
    return refused(path, "this is a folder, not a modem script");
  std::ifstream file(path, std::ios::binary);
  if (!file) return refused(path, std::string("cannot be read: ") + std::generic_category().message(errno));
  std::ostringstream source;
  source << file.rdbuf();
  return compile(source.str(), path);
}

}  // namespace external::modem
