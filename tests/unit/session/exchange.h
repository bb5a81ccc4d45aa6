#pragma once
// One call between two post offices in memory, over links in memory.

#include "fake_mailroom.h"
#include "memory_link.h"
#include "run.h"

#include <external/line/line.h>
#include <external/session/session.h>

#include <random>

namespace external::session::test {

inline Bytes some_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// The two ends of a call; start() sets them going, and the test moves the clock.
class Exchange {
 public:
  struct End {
    error_code result{asio::error::would_block};
    std::optional<TimePoint> ended;
    Progress progress;
  };

  Exchange(external::test::VirtualWorld& world, FakeMailroom& caller_room, FakeMailroom& answerer_room,
           external::test::MemoryLinkOptions line = {}, Options options = {.bits_per_second = 57600})
      : world_(world),
        caller_link(world.clock, world.io.get_executor(), line),
        answerer_link(world.clock, world.io.get_executor(), line),
        caller_session(make_session(caller_link, caller_room, caller_room, caller_room, world.clock,
                                    world.io.get_executor(), Role::caller, options)),
        answerer_session(make_session(answerer_link, answerer_room, answerer_room, answerer_room, world.clock,
                                      world.io.get_executor(), Role::answerer, options)) {
    caller_link.join(answerer_link);
    answerer_link.join(caller_link);
  }

  /// Lets whatever still runs end.
  ~Exchange() {
    hang_up();
    world_.clock.advance(std::chrono::seconds(1));
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void start() {
    started = world_.clock.now();
    for (auto* link : {&caller_link, &answerer_link})
      asio::co_spawn(world_.io, link->run(), [](const auto&...) {});
    asio::co_spawn(world_.io, hold(*caller_session, caller), asio::detached);
    asio::co_spawn(world_.io, hold(*answerer_session, answerer), asio::detached);
  }

  /// Until both have ended.
  bool finish(Duration limit = std::chrono::hours(2)) {
    return world_.clock.run_until([this] { return caller.ended && answerer.ended; }, limit);
  }

  bool run() {
    start();
    return finish();
  }

  void hang_up() {
    caller_link.end(line::Error::hung_up);
    answerer_link.end(line::Error::hung_up);
  }

 private:
  external::test::VirtualWorld& world_;

 public:
  external::test::MemoryLink caller_link;
  external::test::MemoryLink answerer_link;
  std::unique_ptr<Session> caller_session;
  std::unique_ptr<Session> answerer_session;
  TimePoint started{};
  End caller;
  End answerer;

 private:
  /// Hangs up when its session is over.
  Task<> hold(Session& session, End& end) {
    end.result = co_await session.run();
    end.progress = session.progress();
    end.ended = world_.clock.now();
    hang_up();
  }
};

}  // namespace external::session::test
