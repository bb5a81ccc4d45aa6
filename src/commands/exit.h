#pragma once
// How commands end.

#include <stdexcept>
#include <string>

namespace external::commands {

/// Exit codes: those of sysexits.h, below them those of breaks, and 1 where a command answers a question.
enum class Exit {
  ok = 0,
  no = 1,                    ///< what was asked for is not so: there is no route
  nothing = 1,               ///< nothing matched: no such message, or none in a state for this
  problems = 1,              ///< `status --problems`: something is stuck
  break_time = 60,           ///< BreakTime ended the run; these four as of old (Q105566)
  break_date = 61,           ///< BreakDate did
  break_time_and_date = 62,  ///< both together
  break_relative = 63,       ///< BreakRelative
  usage = 64,                ///< the command line cannot be understood
  data = 65,                 ///< what was given is wrong: an address, a script, an mbox
  no_input = 66,             ///< a file is not there or cannot be read
  no_user = 67,              ///< an unknown mailbox
  no_host = 68,              ///< an unknown post office
  unavailable = 69,          ///< External or a modem is not there, or already in use
  software = 70,             ///< a fault of External itself
  cannot_create = 73,
  io = 74,         ///< a disk failed
  try_later = 75,  ///< the same command may succeed later
  no_permission = 77,
  config = 78,  ///< external.ini is wrong
};

/// Why a command cannot go on. what() is one line that names the cause and the cure.
class Failure : public std::runtime_error {
 public:
  Failure(Exit exit, const std::string& text) : std::runtime_error(text), exit_(exit) {}
  Exit exit() const { return exit_; }

 private:
  Exit exit_;
};

/// The code for an error of the system met while a file was opened.
Exit exit_for_errno(int error);

/// The code for an exception, and the lines a user reads about it.
struct Ending {
  Exit exit = Exit::software;
  std::string text;
};

/// Looks at the exception that is being handled.
Ending ending_of_current_exception();

}  // namespace external::commands
