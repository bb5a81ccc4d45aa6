#pragma once
// What follows from the end of a call that failed: the one table of it, explained in docs/retries.md.

#include <external/config/settings.h>
#include <external/modem/procedure.h>

#include <optional>
#include <string_view>

namespace external::engine {

/// How an attempt to call a post office ended when it did not end well.
enum class Ending {
  // The script's CALL returned:
  no_carrier,
  error,  ///< or a code that is no result of a call
  no_dialtone,
  busy,
  no_answer,
  dial_reject,

  line_failed,   ///< the port went while it dialled
  nobody_there,  ///< over TCP: refused, or no answer
  no_network,    ///< over TCP: no way there from here, no such name

  // Connected:
  turned_away,  ///< the other end has no line free for this call
  refused,      ///< one end did not like the sign-on of the other
  broke_protocol,
  silent,
  carrier_lost,  ///< before any mail had moved
  broken,        ///< after mail had moved
  trouble_here,  ///< with the disk or the queue of this end

  hung_up,       ///< by the operator
  call_waiting,  ///< somebody called us at that moment, and nothing was dialled
  put_back,      ///< the call was well, but the other end wants this message later
};

/// Why a post office could not be reached, as the settings, the status and the queue's records name it.
enum class Cause { busy, no_answer, no_carrier, no_dialtone, refused, protocol, local, rejected };

/// "busy", "no answer", ...
std::string_view name_of(Cause cause);

struct RetryRule {
  Ending ending;
  std::optional<Cause>
      cause;         ///< whose pause it is; nothing: RetryInterval, and nothing is held against anybody
  bool counts_3_2;   ///< uses up one of the destination's Retries by the rules of 3.2
  bool counts_2_1;   ///< the same before 3.2 (Q113119)
  bool counts_time;  ///< the same where time alone ends busy and unanswered numbers
  bool blames;       ///< one more failure in a row of that post office, on the way to undialable
};

const RetryRule& rule_of(Ending ending);

/// Whether a call that ended so uses up one of the destination's Retries.
bool uses_up_a_try(Ending ending, config::RetryRules rules);

/// Whether another line of this end may well reach it.
bool is_fault_of_this_end(Ending ending);

/// What a script's CALL says when it gives no connection.
Ending ending_of(modem::ReturnCode code);

/// How pauses after `cause` grow on this line: as set, or else made of its RetryInterval.
config::BackOff back_off_after(Cause cause, const config::Instance& instance);

}  // namespace external::engine
