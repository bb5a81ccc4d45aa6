#pragma once
// How fast a line really takes bytes, learnt from what its driver keeps: a modem may have connected slower
// than the port is, and stops the computer whenever its own buffer is full.

#include <external/base/clock.h>

#include <algorithm>
#include <optional>

namespace external::link {

/// No I/O and no clock of its own. Between two moments at which the driver gets full the line has taken what
/// left the driver; that is its speed, however unevenly the modem takes it. As long as the driver does not
/// get full the line may be faster than thought, and is tried: at first a little, for a modem with a large
/// buffer takes its time to say stop.
class Drain {
 public:
  explicit Drain(unsigned port_bits_per_second)
      : port_(port_bits_per_second), measured_(port_), bits_per_second_(port_bits_per_second) {}

  /// Never more than the port has.
  unsigned bits_per_second() const { return bits_per_second_; }

  /// At `now` so many bytes have left the driver since it was first used; `full`: it keeps more than it
  /// should.
  void look(std::int64_t gone, bool full, TimePoint now) {
    if (now - last_look_ > pause) restart(gone, now);
    last_look_ = now;
    if (full) {
      if (!std::exchange(full_, true)) got_full(gone, now);
      trial_ = {now, gone};
      return;
    }
    full_ = false;
    const auto tried = now - trial_.time;
    if (tried < span) return;
    const bool busy = 2 * rate(trial_, gone, now) > bits_per_second_;
    const bool seen_of_late = last_full_ && now - last_full_->time < patience;
    if (busy) set(std::min(bits_per_second_ * growth, seen_of_late ? measured_ * growth : port_));
    trial_ = {now, gone};
  }

 private:
  static constexpr Duration span = std::chrono::seconds(1);
  static constexpr Duration pause = std::chrono::seconds(1);  ///< nothing was written meanwhile
  static constexpr Duration patience = std::chrono::seconds(20);
  static constexpr double growth = 1.25;
  static constexpr double slowest = 300;

  struct Moment {
    TimePoint time;
    std::int64_t gone = 0;
  };

  static double rate(const Moment& from, std::int64_t gone, TimePoint now) {
    return 10 * static_cast<double>(gone - from.gone) /
           std::chrono::duration<double>(now - from.time).count();
  }

  void restart(std::int64_t gone, TimePoint now) {
    last_full_.reset();
    full_ = false;
    trial_ = {now, gone};
  }

  void got_full(std::int64_t gone, TimePoint now) {
    if (last_full_ && now - last_full_->time < span) return;
    if (last_full_) {
      measured_ = rate(*last_full_, gone, now);
      set(measured_);
    }
    last_full_ = {now, gone};
  }

  void set(double bits_per_second) {
    bits_per_second_ = static_cast<unsigned>(std::clamp(bits_per_second, std::min(slowest, port_), port_));
  }

  double port_;
  double measured_;
  unsigned bits_per_second_;
  bool full_ = false;
  std::optional<Moment> last_full_;  ///< when it got full
  Moment trial_;                     ///< since when it is not full
  TimePoint last_look_{};
};

}  // namespace external::link
