#pragma once
// A call in memory: two links over a line, in virtual time.

#include "run.h"

#include <external/line/memory.h>
#include <external/link/link.h>

namespace external::link {

/// Two links over a line in memory.
struct Call : test::VirtualWorld {
  explicit Call(line::MemoryLineOptions line_options = {})
      : lines(io.get_executor(), clock, line_options),
        a(make_link(lines.a(), clock, io.get_executor(), {.bits_per_second = line_options.bits_per_second})),
        b(make_link(lines.b(), clock, io.get_executor(), {.bits_per_second = line_options.bits_per_second})) {
    // Kept running by run_both beside each test's own coroutines.
  }

  /// Runs both links until `work` is done.
  void run_both(Task<> work) {
    run([](Call& call, Task<> inner) -> Task<> {
      co_await first_of(std::move(inner), forget(call.a->run()), forget(call.b->run()));
    }(*this, std::move(work)));
  }

  static Task<> forget(Task<error_code> task) {
    co_await std::move(task);
    // The link has ended; its users learn that from send and receive.
    asio::steady_timer wait(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await wait.async_wait(asio::use_awaitable);
  }

  line::MemoryLinePair lines;
  std::unique_ptr<Link> a;
  std::unique_ptr<Link> b;
};

}  // namespace external::link
