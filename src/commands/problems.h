#pragma once
// What is stuck, why, and what helps: `external status --problems`.

#include <external/config/settings.h>
#include <external/control/status.h>
#include <mailqueue/queue.h>

#include <boost/json.hpp>

namespace external::commands {

struct Problem {
  std::string kind;            ///< "undialable", "held", ...; docs/retries.md lists them
  std::string subject;         ///< a post office, an instance, a folder
  std::uint64_t messages = 0;  ///< that wait for it, 0 if it is not about mail
  std::uint64_t bytes = 0;
  std::optional<WallTime> oldest;  ///< acceptance of the first of them
  std::optional<WallTime> until;   ///< when it ends by itself
  std::string why;                 ///< one sentence
  std::string cure;                ///< one sentence
};

/// `running`: what a running External says of itself; nothing if none runs.
std::vector<Problem> find_problems(const config::Settings& settings, const mailqueue::Queue& queue,
                                   const std::optional<control::Status>& running, WallTime now);

/// For people; "Nothing is stuck." if there are none.
std::string problems_text(const std::vector<Problem>& problems);
boost::json::array to_json(const std::vector<Problem>& problems);

}  // namespace external::commands
