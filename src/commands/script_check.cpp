#include "command.h"

#include <external/modem/script.h>

#include <iostream>

namespace external::commands {

namespace {

Exit run_script_check(Invocation& invocation) {
  if (invocation.operands().empty()) throw Failure(Exit::usage, "name a file: external script check FILE...");
  auto exit = Exit::ok;
  for (const auto& file : invocation.operands()) {
    const auto compiled = modem::compile_file(file);
    for (const auto& diagnostic : compiled.diagnostics)
      invocation.world.err << modem::render(diagnostic) << "\n";
    if (!compiled.script) exit = Exit::data;
  }
  return exit;
}

}  // namespace

Command script_check_command() {
  return {"script check",
          {"FILE..."},
          "Look for errors in modem scripts",
          {},
          "Prints FILE:LINE:COLUMN: error: ... or warning: ... for each, and ends with 65 if there was an "
          "error.\n"
          "docs/modem-scripts.md describes the language.\n",
          run_script_check};
}

}  // namespace external::commands
