#pragma once
// Timers as values: the parts of the exchange are plain objects with timers, and one coroutine runs them all.

#include <external/base/async.h>
#include <external/base/clock.h>

namespace external::phonenet {

class Timer;

/// What falls due when. Used on one thread; must outlive its timers.
class Agenda {
 public:
  Agenda(const asio::any_io_executor& executor, Clock& clock) : clock_(clock), changed_(executor) {}

  TimePoint now() const { return clock_.now(); }
  WallTime wall() const { return clock_.wall(); }

  /// Runs timers as they fall due, until cancelled. Rethrows what an action threw.
  Task<> run();

 private:
  friend class Timer;
  using Entries = std::multimap<TimePoint, Timer*>;

  Entries::iterator add(TimePoint due, Timer& timer);
  void run_due();

  Clock& clock_;
  Event changed_;
  Entries entries_;
  TimePoint awaited_ = never;
};

/// Runs its action once each time it has been started. Destroying it stops it.
class Timer {
 public:
  Timer(Agenda& agenda, std::function<void()> action) : agenda_(agenda), action_(std::move(action)) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Starts anew; a former start is forgotten.
  void start_at(TimePoint due);
  void start_in(Duration delay) { start_at(agenda_.now() + delay); }
  void stop();
  bool running() const { return place_.has_value(); }

 private:
  friend class Agenda;

  Agenda& agenda_;
  std::function<void()> action_;
  std::optional<Agenda::Entries::iterator> place_;
};

}  // namespace external::phonenet
