#pragma once
// Time as a value that is passed in, so that tests drive it.

#include <external/base/asio.h>

namespace external {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
using WallTime = std::chrono::system_clock::time_point;

/// A deadline that never comes.
inline constexpr TimePoint never = TimePoint::max();

/// Where time comes from. One object serves one io_context and is used on its thread only.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Monotonic time, for deadlines and intervals.
  virtual TimePoint now() const = 0;

  /// Calendar time, for logs, envelopes and schedules. It may jump.
  virtual WallTime wall() const = 0;

  /// Completes at `deadline`, at once if that has passed. Cancelled like any Asio operation
  /// (throws boost::system::system_error with operation_aborted).
  virtual Task<> wait_until(TimePoint deadline) = 0;

  Task<> wait_for(Duration duration) { return wait_until(now() + duration); }
};

/// The computer's clocks.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  WallTime wall() const override;
  Task<> wait_until(TimePoint deadline) override;
};

/// A clock that stands still until it is told to move. Bound to one io_context.
///
/// run() executes everything that is ready, then jumps to the next deadline, until `io` has nothing left to
/// do or no one waits for time any more. Only work that needs nothing but this io_context and this clock is
/// simulated faithfully; real descriptors are polled between jumps, without waiting for them.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(asio::io_context& io);

  TimePoint now() const override { return now_; }
  WallTime wall() const override {
    return wall_start_ + std::chrono::duration_cast<WallTime::duration>(now_ - start_);
  }
  Task<> wait_until(TimePoint deadline) override;

  /// Runs until nothing is ready and no deadline is pending, or `limit` of virtual time has gone by.
  void run(Duration limit = std::chrono::hours(24 * 365));

  /// Runs until `done` returns true; false if nothing was left to do, or `limit` had gone by, before that.
  bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::hours(24 * 365));

  /// Moves on by `step`, running everything that falls due on the way.
  void advance(Duration step);

  /// The calendar jumps to `time`, as when somebody sets the clock; now() does not.
  void set_wall(WallTime time) { wall_start_ += time - wall(); }

 private:
  bool step(TimePoint limit);

  asio::io_context& io_;
  TimePoint start_{std::chrono::hours(1)};
  TimePoint now_{start_};
  WallTime wall_start_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  using Waiting = std::multimap<TimePoint, asio::steady_timer*>;
  std::shared_ptr<Waiting> waiting_ =
      std::make_shared<Waiting>();  ///< shared with frames that outlive the clock
};

}  // namespace external
