#pragma once
// One direction of a call: bytes go on the line one after the other at its rate and arrive a latency later.

#include <external/base/clock.h>

namespace external::phonenet {

/// Computes when each byte arrives; nothing is rounded from byte to byte, so nothing drifts.
class Wire {
 public:
  /// `rate` in bits per second, 10 bits a byte, over 0. Changes apply to bytes sent from then on; those
  /// queued keep theirs.
  void set_rate(unsigned rate) { rate_ = rate; }
  void set_latency(Duration latency) { latency_ = latency; }
  unsigned rate() const { return rate_; }
  Duration latency() const { return latency_; }

  void send(TimePoint now, ByteView bytes);

  /// Bytes that have arrived by `now`, each once.
  Bytes take(TimePoint now);
  /// When the next byte arrives; never if none is under way.
  TimePoint next_arrival() const;

  /// Bytes not wholly on the line yet, and when they will be no more than `count`.
  std::size_t unsent(TimePoint now) const;
  TimePoint unsent_falls_to(std::size_t count) const;
  /// Bytes sent and not yet taken.
  std::size_t pending() const { return bytes_.size(); }

  /// Forgets the bytes not wholly on the line at `now`; returns how many. Those in flight still arrive.
  std::size_t cut(TimePoint now);

 private:
  // A run of bytes without a pause between them, at one rate and latency.
  struct Run {
    TimePoint start{};
    unsigned rate = 1;
    Duration latency{};
    std::uint64_t taken = 0;
    std::uint64_t size = 0;

    TimePoint end_of(std::uint64_t count) const;  // when the first `count` bytes are on the line
    std::uint64_t sent_by(TimePoint now) const;
  };

  unsigned rate_ = 57600;
  Duration latency_{};
  std::deque<Run> runs_;
  std::deque<std::uint8_t> bytes_;
};

}  // namespace external::phonenet
