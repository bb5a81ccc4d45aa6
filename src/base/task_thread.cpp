#include <external/base/async.h>
#include <external/base/task_thread.h>

namespace external {

namespace {

/// Of one task: `ended` and `failure` are used by who waits for it, `stop` on the thread of the task.
struct Course {
  explicit Course(const asio::any_io_executor& here) : ended(here) {}

  Event ended;
  std::exception_ptr failure;
  asio::cancellation_signal stop;
};

}  // namespace

TaskThread::TaskThread() : keeps_running_(io_.get_executor()), thread_([this] { io_.run(); }) {}

TaskThread::~TaskThread() {
  io_.stop();
  thread_.join();
}

Task<> TaskThread::run(Task<> task) {
  const auto here = co_await asio::this_coro::executor;
  const auto course = std::make_shared<Course>(here);
  const auto ended = [course, here](std::exception_ptr failure) {
    asio::post(here, [course, failure] {
      course->failure = failure;
      course->ended.set();
    });
  };
  asio::co_spawn(io_, std::move(task), asio::bind_cancellation_slot(course->stop.slot(), ended));
  std::exception_ptr cancelled;
  try {
    co_await course->ended.wait();
  } catch (...) {
    cancelled = std::current_exception();
  }
  if (cancelled) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    asio::post(io_, [course] { course->stop.emit(asio::cancellation_type::terminal); });
    while (!course->ended.is_set()) co_await course->ended.wait();
    std::rethrow_exception(cancelled);
  }
  if (course->failure) std::rethrow_exception(course->failure);
}

}  // namespace external
