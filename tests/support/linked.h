#pragma once
// Two links over a line in memory, signed on with fixed keys.

#include "run.h"

#include <external/line/memory.h>
#include <external/link/link.h>

namespace external::test {

inline link::Key key_of(std::uint8_t fill) {
  link::Key key;
  key.fill(fill);
  return key;
}

/// As one end of a call whose ends have signed on.
inline link::Security security_of(bool answerer, bool encrypted = true) {
  link::Security security{key_of(1), key_of(2), encrypted, nullptr};
  if (answerer) std::swap(security.send, security.receive);
  return security;
}

inline void secure_both(link::Link& a, link::Link& b, bool encrypted = true) {
  a.secure(security_of(false, encrypted));
  b.secure(security_of(true, encrypted));
}

/// The end a calls, b answers.
struct LinkedPair : VirtualWorld {
  explicit LinkedPair(line::MemoryLineOptions line_options = {}, link::Options options = {})
      : lines(io.get_executor(), clock, line_options) {
    if (options.bits_per_second == 0) options.bits_per_second = line_options.bits_per_second;
    options.answerer = false;
    a = link::make_link(lines.a(), clock, io.get_executor(), options);
    options.answerer = true;
    b = link::make_link(lines.b(), clock, io.get_executor(), options);
  }

  /// Runs both links until `work` is done.
  void run_both(Task<> work) {
    run([](LinkedPair& pair, Task<> inner) -> Task<> {
      co_await first_of(std::move(inner), forget(pair.a->run()), forget(pair.b->run()));
    }(*this, std::move(work)));
  }

  static Task<> forget(Task<error_code> task) {
    co_await std::move(task);
    // The link has ended; its users learn that from send and receive.
    asio::steady_timer wait(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await wait.async_wait(asio::use_awaitable);
  }

  line::MemoryLinePair lines;
  std::unique_ptr<link::Link> a;
  std::unique_ptr<link::Link> b;
};

}  // namespace external::test
