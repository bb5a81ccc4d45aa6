#pragma once
// What a screen shows, and what a person at it can have done.

#include <external/control/message_status.h>
#include <external/control/status.h>

namespace external::console {

/// All that is known at one moment.
struct Scene {
  control::Status status;
  control::MessagePage messages;   ///< as far as they were wanted
  std::vector<std::string> log{};  ///< the newest lines of Session.log, oldest first
  std::string trouble{};           ///< one line: why this is older than it should be; empty: it is not
  std::string news{};              ///< one line about the connection, said once
};

/// What a screen needs beside the status.
struct Wanted {
  bool messages = false;
  std::uint64_t after = 0;  ///< messages behind this one
  bool log = false;         ///< more of it than the status has
};

struct Action {
  enum class What { quit, call, hang_up, end_lease, hold, release, retry };
  enum class On { nothing, line, post_office, message, client };

  What what = What::quit;
  On on = On::nothing;
  std::string name{};  ///< of the instance or post office, or the number of the message or client

  bool operator==(const Action&) const = default;
};

/// One External, this one or another. All on the thread of the screen.
class Desk {
 public:
  virtual ~Desk() = default;

  /// How things stand as far as is known. At once.
  virtual Scene look() = 0;

  /// Brings what look() tells up to date. Throws only when cancelled: trouble is part of the scene.
  virtual Task<> refresh(const Wanted& wanted) = 0;

  /// Has something done, other than quit, and returns one line about it. Throws std::exception with one that
  /// says why it was not.
  virtual Task<std::string> act(const Action& action) = 0;
};

}  // namespace external::console
