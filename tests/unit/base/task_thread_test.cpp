#include "run.h"

#include <external/base/async.h>
#include <external/base/task_thread.h>

namespace external::task_thread_test {
namespace {

using namespace std::chrono_literals;

class TaskThreadTest : public testing::Test {
 protected:
  /// Runs `main` on this thread until it has ended; what it threw is thrown.
  void run(Task<> main) {
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(main), [&](std::exception_ptr thrown) { failure = thrown; });
    io.run();
    if (failure) std::rethrow_exception(failure);
  }

  asio::io_context io;
  TaskThread other;
};

TEST_F(TaskThreadTest, RunsThereAndComesBackHere) {
  std::thread::id there;
  std::thread::id afterwards;
  const auto work = [&]() -> Task<> {
    there = std::this_thread::get_id();
    co_return;
  };
  const auto main = [&]() -> Task<> {
    co_await other.run(work());
    afterwards = std::this_thread::get_id();
  };
  run(main());
  EXPECT_NE(there, std::thread::id());
  EXPECT_NE(there, std::this_thread::get_id());
  EXPECT_EQ(afterwards, std::this_thread::get_id());
}

TEST_F(TaskThreadTest, WhatIsThrownComesBack) {
  const auto work = []() -> Task<> {
    throw std::runtime_error("no");
    co_return;
  };
  EXPECT_THROW(run(other.run(work())), std::runtime_error);
}

TEST_F(TaskThreadTest, ACancellationIsPassedOnAndItsEndAwaited) {
  std::atomic<bool> began = false;
  std::atomic<bool> cleaned_up = false;
  SystemClock clock;
  const auto work = [&]() -> Task<> {
    bool cancelled = false;
    began = true;
    try {
      co_await clock.wait_until(never);
    } catch (const boost::system::system_error&) {
      cancelled = true;
    }
    co_await asio::this_coro::reset_cancellation_state();
    co_await clock.wait_for(1ms);
    cleaned_up = cancelled;
  };
  const auto until_begun = [&]() -> Task<> {
    while (!began) co_await asio::post(asio::use_awaitable);
  };
  const auto main = [&]() -> Task<> { co_await first_of(other.run(work()), until_begun()); };
  run(main());
  EXPECT_TRUE(cleaned_up);
}

TEST_F(TaskThreadTest, WhatStillWaitsIsDroppedAtTheEnd) {
  SystemClock clock;
  const auto held = std::make_shared<int>();
  {
    TaskThread short_lived;
    const auto work = [](Clock& its_clock, std::shared_ptr<int>) -> Task<> {
      co_await its_clock.wait_until(never);
    };
    asio::co_spawn(short_lived.executor(), work(clock, held), asio::detached);
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace external::task_thread_test
