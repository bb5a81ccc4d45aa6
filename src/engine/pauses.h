#pragma once
// Pauses that grow with each failure.

#include <external/base/clock.h>

namespace external::engine {

/// first, 2 x first, 4 x first, ... longest.
class Pauses {
 public:
  Pauses(Duration first, Duration longest) : first_(first), longest_(longest), next_(first) {}

  Duration next() {
    ++failures_;
    return std::exchange(next_, std::min(next_ * 2, longest_));
  }
  unsigned failures() const { return failures_; }
  void reset() {
    next_ = first_;
    failures_ = 0;
  }

 private:
  Duration first_;
  Duration longest_;
  Duration next_;
  unsigned failures_ = 0;
};

}  // namespace external::engine
