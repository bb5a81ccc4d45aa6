#pragma once
// Small tools for coroutines: racing, waking, and work that blocks.

#include <external/base/asio.h>

namespace external {

/// Runs all tasks side by side; when the first one ends the others are cancelled and awaited. Returns the
/// index of the first, or rethrows what it threw. What a cancelled task throws is dropped.
template <class... Tasks>
Task<std::size_t> first_of(Tasks... tasks) {
  auto executor = co_await asio::this_coro::executor;
  auto outcome = co_await asio::experimental::make_parallel_group(
                     asio::co_spawn(executor, std::move(tasks), asio::deferred)...)
                     .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const std::size_t first = std::get<0>(outcome)[0];
  std::exception_ptr failure = std::apply(
      [&](const auto&, const auto&... errors) {
        return std::array<std::exception_ptr, sizeof...(errors)>{errors...}[first];
      },
      outcome);
  if (failure) std::rethrow_exception(failure);
  co_return first;
}

/// Throws operation_aborted if the awaiting coroutine was cancelled: awaited after a call that reports its
/// own cancellation as a result, so that nobody takes it for a failure.
inline Task<> cancellation_point() {
  co_return;
}

/// A flag that coroutines of one thread wait for. set() wakes all; it stays set until clear().
class Event {
 public:
  explicit Event(const asio::any_io_executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}

  bool is_set() const { return set_; }
  void set() {
    set_ = true;
    ++times_set_;
    timer_.cancel();
  }
  void clear() { set_ = false; }

  /// Returns when the flag is set, at once if it is; also when it was set and cleared again before this
  /// coroutine ran, so look at the condition itself afterwards. Throws operation_aborted when cancelled.
  Task<> wait();

 private:
  asio::steady_timer timer_;
  bool set_ = false;
  std::uint64_t times_set_ = 0;
};

/// One thread for work that blocks (databases, look-ups), so that the threads that serve lines never do.
/// Jobs run one after the other in the order they were given.
class Worker {
 public:
  /// Where jobs run: on a thread of their own, or at once on the caller's, for worlds in virtual time.
  enum class Place { own_thread, here };

  explicit Worker(Place place = Place::own_thread) : place_(place), pool_(1) {}
  ~Worker() { pool_.join(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs `job()` on the worker's thread and resumes the caller on its own with the value or the exception.
  /// A job that has been handed over is never abandoned: cancelling the caller takes effect after it.
  /// GCC 12 copies a lambda bit by bit that is made inside a co_await expression: give one that holds more
  /// than references and numbers a name first.
  template <class Job>
  Task<std::invoke_result_t<std::decay_t<Job>&>> run(Job&& job) {
    return start(std::make_unique<std::decay_t<Job>>(std::forward<Job>(job)));
  }

  /// Runs `job()` after those before it, without anyone waiting. It must not throw.
  template <class Job>
  void post(Job job) {
    if (place_ == Place::here) return job();
    asio::post(pool_, std::move(job));
  }

 private:
  template <class Job>
  Task<std::invoke_result_t<Job&>> start(std::unique_ptr<Job> job) {
    if (place_ == Place::here) co_return (*job)();
    co_return co_await asio::co_spawn(
        pool_.get_executor(), execute(std::move(job)),
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  }

  template <class Job>
  static Task<std::invoke_result_t<Job&>> execute(std::unique_ptr<Job> job) {
    co_return (*job)();
  }

  Place place_;
  asio::thread_pool pool_;
};

}  // namespace external
