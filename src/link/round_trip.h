#pragma once
// Round trip estimate and retransmission time-out, after RFC 6298.

#include <external/base/clock.h>

namespace external::link {

class RoundTrip {
 public:
  void measured(Duration sample) {
    if (smoothed_ == Duration::zero()) {
      smoothed_ = sample;
      variation_ = sample / 2;
    } else {
      const Duration difference = sample > smoothed_ ? sample - smoothed_ : smoothed_ - sample;
      variation_ += (difference - variation_) / 4;
      smoothed_ += (sample - smoothed_) / 8;
    }
    backoff_ = 1;
  }

  void timed_out() { backoff_ = std::min(backoff_ * 2, 16); }
  void progressed() { backoff_ = 1; }

  Duration smoothed() const { return smoothed_; }

  /// How long to wait for an acknowledgement; `on_the_line` is the time two frames take to send.
  Duration timeout(Duration on_the_line) const {
    using namespace std::chrono_literals;
    if (smoothed_ == Duration::zero()) return (1s + on_the_line) * backoff_;
    return (smoothed_ + std::max<Duration>(4 * variation_, 300ms) + on_the_line) * backoff_;
  }

 private:
  Duration smoothed_{};
  Duration variation_{};
  int backoff_ = 1;
};

}  // namespace external::link
