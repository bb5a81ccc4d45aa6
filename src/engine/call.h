#pragma once
// One call from the moment the line is connected: link, sign-on, session, and what the log says about it.

#include "board.h"
#include "context.h"

#include <external/line/line.h>

namespace external::engine {

struct CallResult {
  std::string peer;           ///< who was at the other end; empty if that never became known
  bool ok = false;            ///< the session ended well
  bool logged = false;        ///< it stands in Callin.log or Callout.log
  bool moved_mail = false;    ///< content went over the line
  bool trouble_here = false;  ///< the disk or the queue of this end failed
  error_code error;           ///< of line, link or session, if it did not end well
  bool hung_up = false;       ///< `external hangup` ended it, or MinutesPerDay
  std::string text;           ///< one line: what was moved, or why it ended
};

/// Holds the call until it is over; the line stays open. `called` is the post office that was dialled, empty
/// for a call that came in; `connect` is what the modem said, `id` the name of the call in the logs. All
/// references must last as long. Cancelled, it says in the log that the operator stopped it. Reaching a limit
/// of time ends it, and is no failed try.
Task<CallResult> hold_call(Context& context, Board& board, const config::Instance& instance, line::Line& line,
                           const std::string& called, const std::string& connect, const std::string& id,
                           CallLimits limits = {});

}  // namespace external::engine
