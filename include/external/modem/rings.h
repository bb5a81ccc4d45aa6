#pragma once
// Counting how often the telephone has rung.

#include <external/base/clock.h>

namespace external::modem {

/// Rings of one call. Telephones ring every 3 to 6 seconds; a longer pause means that the caller has given
/// up, and the next ring is the first of another call (Q176209).
class RingCounter {
 public:
  /// `wanted`: rings before a call is answered. 0: at once, as with 1 (Q221308).
  explicit RingCounter(unsigned wanted) : wanted_(wanted) {}

  /// It rang. A ring told twice, by the modem and by the ring line, counts once.
  void rang(TimePoint now);

  /// It has rung often enough to answer.
  bool enough() const;

  /// The call was answered or is gone.
  void reset() { count_ = 0; }

  /// A call may be ringing now: it rang, and not so long ago that the caller must have given up.
  bool is_ringing(TimePoint now) const;

 private:
  unsigned wanted_;
  unsigned count_ = 0;
  TimePoint last_{};
};

}  // namespace external::modem
