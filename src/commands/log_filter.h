#pragma once
// Choosing lines of Session.log.

#include <external/base/clock.h>
#include <external/log/messages.h>

#include <set>
#include <string>
#include <string_view>

namespace external::commands {

/// What `--since` and `--until` say: "10:30" (today), "2026-11-21", "2026-11-21 10:30" or "2026-11-21T10:30",
/// local time, or how long ago: "2h", "30m", "1d". Throws Failure (usage).
WallTime parse_since(const std::string& text, WallTime now);

/// Lines in any form of the log, mixed as well. What is empty or absent chooses all.
class LogFilter {
 public:
  std::string instance;           ///< only its lines
  std::string call;               ///< only those of this call
  std::string post_office;        ///< only those that name it, and all of calls with it; in any case
  std::string message;            ///< only those with this key, or a part of it
  std::optional<WallTime> since;  ///< the classic form has no seconds: from that minute on
  std::optional<WallTime> until;
  log::Level level = log::Level::debug;  ///< only those that matter as much

  /// Finds out from a line which calls are with `post_office`. passes() does so, too, but for lines that
  /// stand before the one that tells.
  void learn(std::string_view line);

  /// A line that does not have the form of the log belongs to the one before it.
  bool passes(std::string_view line);

 private:
  bool passes(const log::Entry& entry);
  void learn(const log::Entry& entry);
  bool is_about_post_office(const log::Entry& entry) const;
  log::Level level_of(const std::string& text);

  std::set<std::string> calls_;  ///< with `post_office`
  std::optional<log::Messages> messages_;
  bool last_ = false;
};

}  // namespace external::commands
