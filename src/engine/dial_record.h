#pragma once
// What is remembered of a post office whose last call failed, and when it may be called again.

#include "back_off.h"
#include "retry_rules.h"

#include <external/base/clock.h>
#include <mailqueue/call_record.h>

namespace external::engine {

using mailqueue::CallRecord;

/// A call that failed, with all that is needed to judge it.
struct FailedCall {
  std::string post_office;
  Ending ending = Ending::error;
  std::string text;    ///< one line
  bool counts = true;  ///< uses up a try of the mail that was due
  config::BackOff back_off;
  double chance = 0;              ///< from 0 up to 1: how much of the jitter the pause gets
  unsigned undialable_after = 0;  ///< failures in a row; 0: never
  std::chrono::seconds undialable_for{};
};

/// By the settings of the line that made the call and of the post office.
FailedCall failed_call(const config::Settings& settings, const config::Instance& instance,
                       const std::string& post_office, Ending ending, std::string text, const Random& random);

/// The pause after the `repeats`th failure in a row of one cause, with the jitter that `chance` gives it.
std::chrono::milliseconds pause_after(const config::BackOff& back_off, int repeats, double chance);

/// The record after one more failure. While an earlier pause lasts this is no further failure: one moment
/// counts once, however many lines, wishes and messages had their part in it (Q119884).
CallRecord after_failure(const CallRecord& before, const FailedCall& failed, WallTime now);

/// How much of the pause is left. Never more than the pause was, whatever the computer's clock did meanwhile.
Duration rest_of(const CallRecord& record, WallTime now);

/// Nothing calls it for mail, because too many calls in a row have failed.
bool is_undialable(const CallRecord& record, WallTime now);

}  // namespace external::engine
