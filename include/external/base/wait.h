#pragma once
// Waiting for an event, but not for ever.

#include <external/base/async.h>
#include <external/base/clock.h>

namespace external {

/// Returns when `event` is set or `clock` has reached `deadline`, whichever comes first: look at the
/// condition itself afterwards. Throws operation_aborted when cancelled.
inline Task<> wait_until(Event& event, Clock& clock, TimePoint deadline) {
  if (deadline == never) {
    co_await event.wait();
  } else {
    co_await first_of(event.wait(), clock.wait_until(deadline));
  }
}

}  // namespace external
