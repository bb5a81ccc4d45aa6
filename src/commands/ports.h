#pragma once
// Opening the port of a modem outside the engine: for tests of a modem or a script.

#include <external/line/line.h>

#include <filesystem>

namespace external::commands {

struct PortOptions {
  unsigned speed = 57600;
  std::filesystem::path lock_folder = "/run/lock";
  std::function<void(const std::string&)> note = {};  ///< told of a stale lock file that was removed
};

/// `port` is a tty, rfc2217://host:port or tcp://host:port. Throws Failure (unavailable) that says what keeps
/// us from it: another program, which one; nothing there; no permission.
Task<std::unique_ptr<line::Line>> open_port(const std::string& port, const PortOptions& options,
                                            Clock& clock);

}  // namespace external::commands
