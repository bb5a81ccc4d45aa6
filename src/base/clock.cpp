#include <external/base/clock.h>

namespace external {

TimePoint SystemClock::now() const {
  return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall() const {
  return std::chrono::system_clock::now();
}

Task<> SystemClock::wait_until(TimePoint deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  co_await timer.async_wait(asio::use_awaitable);
}

VirtualClock::VirtualClock(asio::io_context& io) : io_(io) {}

Task<> VirtualClock::wait_until(TimePoint deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, TimePoint::max());
  if (deadline <= now_) {
    co_await asio::post(asio::use_awaitable);
    co_return;
  }
  // The entry leaves with this frame, whichever way that ends: time has come, or the wait was cancelled.
  struct Entry {
    Entry(std::shared_ptr<Waiting> all, TimePoint when, asio::steady_timer* who)
        : waiting(std::move(all)), place(waiting->emplace(when, who)) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { waiting->erase(place); }
    std::shared_ptr<Waiting> waiting;
    Waiting::iterator place;
  };
  const Entry entry(waiting_, deadline, &timer);
  auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const bool time_has_come = now_ >= deadline;
  if (!time_has_come) {
    throw boost::system::system_error(error ? error : error_code(asio::error::operation_aborted));
  }
}

bool VirtualClock::step(TimePoint limit) {
  io_.restart();
  if (io_.poll() > 0) return true;
  auto next = waiting_->upper_bound(now_);  // those before were woken already and are about to run
  if (next == waiting_->end() || next->first > limit || next->first == never) return false;
  now_ = next->first;
  for (auto due = waiting_->begin(); due != waiting_->end() && due->first <= now_; ++due)
    due->second->cancel();
  return true;
}

void VirtualClock::run(Duration limit) {
  const TimePoint end = now_ + limit;
  while (step(end)) {
  }
}

bool VirtualClock::run_until(const std::function<bool()>& done, Duration limit) {
  const TimePoint end = now_ + limit;
  while (!done()) {
    if (!step(end)) return done();
  }
  return true;
}

void VirtualClock::advance(Duration span) {
  const TimePoint end = now_ + span;
  while (step(end)) {
  }
  now_ = end;
}

}  // namespace external
