#pragma once
// Round trip estimate and retransmission time-out, after RFC 6298.

#include <external/base/clock.h>

namespace external::link {

class RoundTrip {
 public:
  void measured(Duration sample) {
    shortest_ = shortest_ == Duration::zero() ? sample : std::min(shortest_, sample);
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

  void timed_out() { backoff_ = std::min(backoff_ * 2, 3); }
  void progressed() { backoff_ = 1; }

  Duration smoothed() const { return smoothed_; }

  /// How long to wait for an acknowledgement that the other end may put off; `other_frame` is the time that
  /// the frames take which it may be sending.
  Duration timeout(Duration other_frame) const {
    using namespace std::chrono_literals;
    if (smoothed_ == Duration::zero()) return (1s + other_frame) * backoff_;
    return (smoothed_ + std::max<Duration>(4 * variation_, 300ms) + other_frame) * backoff_;
  }

  /// The same for one that it was asked to send at once.
  Duration urged_timeout(Duration other_frame) const {
    using namespace std::chrono_literals;
    if (smoothed_ == Duration::zero()) return (1s + other_frame) * backoff_;
    return (shortest_ + 300ms + other_frame) * backoff_;
  }

 private:
  Duration smoothed_{};
  Duration shortest_{};
  Duration variation_{};
  int backoff_ = 1;
};

}  // namespace external::link
