#include "agenda.h"

namespace external::phonenet {

Agenda::Entries::iterator Agenda::add(TimePoint due, Timer& timer) {
  if (due < awaited_) changed_.set();
  return entries_.emplace(due, &timer);
}

void Agenda::run_due() {
  while (!entries_.empty() && entries_.begin()->first <= now()) {
    Timer& timer = *entries_.begin()->second;
    timer.stop();
    timer.action_();
  }
}

Task<> Agenda::run() {
  for (;;) {
    run_due();
    changed_.clear();
    awaited_ = entries_.empty() ? never : entries_.begin()->first;
    co_await first_of(clock_.wait_until(awaited_), changed_.wait());
  }
}

void Timer::start_at(TimePoint due) {
  stop();
  place_ = agenda_.add(due, *this);
}

void Timer::stop() {
  if (!place_) return;
  agenda_.entries_.erase(*place_);
  place_.reset();
}

}  // namespace external::phonenet
