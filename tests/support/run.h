#pragma once
// Running coroutines in tests.

#include <external/base/async.h>
#include <external/base/clock.h>

#include <gtest/gtest.h>

namespace external::test {

/// An io_context with a virtual clock; run() drives a coroutine to its end in virtual time.
struct VirtualWorld {
  asio::io_context io;
  VirtualClock clock{io};

  /// Runs `task` to its end and returns its value; fails the test if nothing is left to happen before that.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    bool done = false;
    asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T result) {
      failure = error;
      if (!error) value = std::move(result);
      done = true;
    });
    if (!clock.run_until([&] { return done; })) throw std::logic_error("the coroutine never ends");
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }

  void run(Task<> task) {
    run([](Task<> inner) -> Task<bool> {
      co_await std::move(inner);
      co_return true;
    }(std::move(task)));
  }
};

/// The same on the real clock, for descriptors.
struct RealWorld {
  asio::io_context io;
  SystemClock clock;

  template <class T>
  T run(Task<T> task) {
    auto future = asio::co_spawn(io, std::move(task), asio::use_future);
    io.restart();
    while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
    return future.get();
  }

  void run(Task<> task) {
    auto future = asio::co_spawn(io, std::move(task), asio::use_future);
    io.restart();
    while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
    future.get();
  }
};

}  // namespace external::test
