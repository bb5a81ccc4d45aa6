#pragma once
// Programs of the administrator, run when something happens.

#include <external/base/asio.h>
#include <external/base/clock.h>

namespace external::outlet {

/// Names and values.
using Environment = std::vector<std::pair<std::string, std::string>>;

struct HelperEnd {
  bool ok = false;   ///< exit code 0
  std::string text;  ///< if not: what went wrong, and what it said; part of a sentence
};

/// Runs `arguments` (the first an absolute path; no shell) with nothing to read, and with `environment` added
/// to our own. Killed with its process group after `limit`, or when this is cancelled. Holds nobody up;
/// throws only when cancelled. On the thread of lines; the clock must outlive it.
Task<HelperEnd> run_helper(std::vector<std::string> arguments, Environment environment, Duration limit,
                           Clock& clock);

}  // namespace external::outlet
