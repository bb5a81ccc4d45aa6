#pragma once
// One call between two post offices in memory, over links on a line in memory: what exchange.h leaves out.

#include "fake_mailroom.h"
#include "linked.h"

#include <external/session/session.h>

namespace external::session::test {

/// Both ends have their keys. Set the mailrooms up first; run() lets the call take its time.
struct LinkedExchange : external::test::LinkedPair {
  explicit LinkedExchange(line::MemoryLineOptions line, Duration disk_time = std::chrono::milliseconds(10))
      : LinkedPair(line), options{.bits_per_second = line.bits_per_second} {
    external::test::secure_both(*a, *b);
    a->avoid(0);
    b->avoid(0);
    for (auto* room : {&north, &south}) {
      room->clock = &clock;
      room->disk_time = disk_time;
    }
  }

  /// Beside the call, and cut short with it.
  using Meanwhile = std::function<Task<>()>;

  /// Until the caller hangs up.
  void run_call(Meanwhile meanwhile = nullptr) {
    caller = make_session(*a, north, north, north, clock, io.get_executor(), Role::caller, options);
    answerer = make_session(*b, south, south, south, clock, io.get_executor(), Role::answerer, options);
    const auto start = clock.now();
    run_both(hold_both(std::move(meanwhile)));
    lasted = clock.now() - start;
  }

  FakeMailroom north;
  FakeMailroom south;
  Options options;
  std::unique_ptr<Session> caller;
  std::unique_ptr<Session> answerer;
  error_code result{asio::error::would_block};  ///< at the caller
  Duration lasted{};

 private:
  Task<> hold_both(Meanwhile meanwhile) { co_await first_of(hold(), answer(), beside(std::move(meanwhile))); }

  Task<> hold() { result = co_await caller->run(); }

  Task<> answer() {
    co_await answerer->run();
    co_await clock.wait_until(never);
  }

  Task<> beside(Meanwhile meanwhile) {
    if (meanwhile) co_await meanwhile();
    co_await clock.wait_until(never);
  }
};

}  // namespace external::session::test
