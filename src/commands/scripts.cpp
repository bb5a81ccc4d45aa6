#include "scripts.h"

#include "exit.h"

#include <external/base/text.h>

#include <ostream>

namespace external::commands {

std::filesystem::path find_script(const std::string& name,
                                  const std::vector<std::filesystem::path>& folders) {
  std::string looked;
  for (const auto& folder : folders) {
    looked += (looked.empty() ? "" : ", ") + folder.string();
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      if (equal_no_case(entry.path().filename().string(), name + ".MDM")) return entry.path();
    }
  }
  throw Failure(Exit::config,
                "no modem script " + name + ".MDM in " + looked + "; put it there or correct CommScript");
}

modem::Script compile_or_fail(const std::filesystem::path& file, std::ostream& err) {
  auto compiled = modem::compile_file(file.string());
  for (const auto& diagnostic : compiled.diagnostics) err << modem::render(diagnostic) << "\n";
  if (!compiled.script)
    throw Failure(Exit::data, file.string() + " cannot be used; correct the lines named above");
  return std::move(*compiled.script);
}

void run_alone(const std::function<Task<>()>& task) {
  asio::io_context io(1);
  std::exception_ptr failure;
  asio::co_spawn(io, task(), [&](std::exception_ptr thrown) { failure = thrown; });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace external::commands
