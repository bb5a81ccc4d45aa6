#pragma once
// Choosing lines of Session.log.

#include <external/base/clock.h>

#include <string>
#include <string_view>

namespace external::commands {

/// What `--since` says: "10:30" (today), "2026-11-21", "2026-11-21 10:30" or "2026-11-21T10:30", local time,
/// or how long ago: "2h", "30m", "1d". Throws Failure (usage).
WallTime parse_since(const std::string& text, WallTime now);

struct LogFilter {
  std::string instance;           ///< only its lines; empty: all
  std::optional<WallTime> since;  ///< to the minute, as the log has no seconds

  /// A line that does not have the form of the log belongs to the one before it.
  bool passes(std::string_view line);

 private:
  bool last_ = false;
};

}  // namespace external::commands
