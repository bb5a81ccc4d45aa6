#include "run.h"

#include <external/base/async.h>

#include <thread>

namespace external::async_test {
namespace {

using namespace std::chrono_literals;
using test::RealWorld;
using test::VirtualWorld;

TEST(VirtualClock, JumpsFromDeadlineToDeadline) {
  VirtualWorld world;
  const auto start = world.clock.now();
  std::vector<int> order;
  auto wait = [](Clock& clock, Duration span, int number, std::vector<int>& done) -> Task<> {
    co_await clock.wait_for(span);
    done.push_back(number);
  };
  asio::co_spawn(world.io, wait(world.clock, 3h, 3, order), asio::detached);
  asio::co_spawn(world.io, wait(world.clock, 1h, 1, order), asio::detached);
  asio::co_spawn(world.io, wait(world.clock, 2h, 2, order), asio::detached);
  world.clock.advance(90min);
  EXPECT_EQ(order, std::vector<int>{1});
  EXPECT_EQ(world.clock.now(), start + 90min);
  world.clock.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(world.clock.now(), start + 3h);
}

TEST(VirtualClock, WallTimeMovesAlong) {
  VirtualWorld world;
  const auto before = world.clock.wall();
  world.clock.advance(24h);
  EXPECT_EQ(world.clock.wall() - before, 24h);
}

TEST(VirtualClock, MayGoBeforeThoseWhoWait) {
  asio::io_context io;
  {
    VirtualClock clock(io);
    asio::co_spawn(io, clock.wait_for(1h), asio::detached);
    clock.advance(1s);
  }
}

TEST(FirstOf, CancelsTheOthersAndSaysWhoWasFirst) {
  VirtualWorld world;
  bool other_ended_early = false;
  const auto first = world.run([](VirtualWorld& w, bool& cancelled) -> Task<std::size_t> {
    auto slow = [](Clock& clock, bool& noticed) -> Task<> {
      struct Notice {
        bool& noticed;
        bool finished = false;
        ~Notice() { noticed = !finished; }
      } notice{noticed};
      co_await clock.wait_for(1h);
      notice.finished = true;
    };
    const auto winner = co_await first_of(slow(w.clock, cancelled), w.clock.wait_for(1s));
    co_return winner;
  }(world, other_ended_early));
  EXPECT_EQ(first, 1u);
  EXPECT_TRUE(other_ended_early);
}

TEST(FirstOf, PassesOnWhatTheFirstThrows) {
  VirtualWorld world;
  auto fail = []() -> Task<> {
    throw std::runtime_error("no");
    co_return;
  };
  EXPECT_THROW(world.run([](VirtualWorld& w, Task<> failing) -> Task<> {
    co_await first_of(w.clock.wait_for(1h), std::move(failing));
  }(world, fail())),
               std::runtime_error);
}

TEST(Event, WakesEveryoneAlsoWhenClearedAtOnce) {
  VirtualWorld world;
  Event event(world.io.get_executor());
  int woken = 0;
  auto wait = [](Event& e, int& count) -> Task<> {
    co_await e.wait();
    ++count;
  };
  asio::co_spawn(world.io, wait(event, woken), asio::detached);
  asio::co_spawn(world.io, wait(event, woken), asio::detached);
  world.clock.run();
  EXPECT_EQ(woken, 0);
  event.set();
  event.clear();
  world.clock.run();
  EXPECT_EQ(woken, 2);
}

TEST(Event, IsNotWaitedForWhenSet) {
  VirtualWorld world;
  Event event(world.io.get_executor());
  event.set();
  world.run(event.wait());
  EXPECT_TRUE(event.is_set());
}

TEST(Event, CanBeCancelled) {
  VirtualWorld world;
  Event event(world.io.get_executor());
  const auto first = world.run(first_of(event.wait(), world.clock.wait_for(1s)));
  EXPECT_EQ(first, 1u);
}

TEST(Worker, RunsElsewhereAndResumesHere) {
  RealWorld world;
  Worker worker;
  const auto here = std::this_thread::get_id();
  world.run([](Worker& w, std::thread::id home) -> Task<> {
    const auto there = co_await w.run([] { return std::this_thread::get_id(); });
    EXPECT_NE(there, home);
    EXPECT_EQ(std::this_thread::get_id(), home);
  }(worker, here));
}

TEST(Worker, PassesOnExceptions) {
  RealWorld world;
  Worker worker;
  EXPECT_THROW(world.run(worker.run([] { throw std::runtime_error("no"); })), std::runtime_error);
}

TEST(Worker, FinishesAJobWhoseCallerWasCancelled) {
  RealWorld world;
  Worker worker;
  bool done = false;
  world.run([](RealWorld& w, Worker& work, bool& finished) -> Task<> {
    auto job = [](Worker& wk, bool& flag) -> Task<> {
      co_await wk.run([&flag] {
        std::this_thread::yield();
        flag = true;
      });
    };
    co_await first_of(job(work, finished), w.clock.wait_for(0ms));
  }(world, worker, done));
  EXPECT_TRUE(done);
}

TEST(CancellationPoint, ThrowsOnceTheCoroutineWasCancelled) {
  VirtualWorld world;
  bool went_on = false;
  world.run([](VirtualWorld& w, bool& after) -> Task<> {
    auto deaf = [](Clock& clock, bool& flag) -> Task<> {
      try {
        co_await clock.wait_for(1h);
      } catch (const boost::system::system_error&) {
      }
      co_await cancellation_point();
      flag = true;
    };
    co_await first_of(deaf(w.clock, after), w.clock.wait_for(1s));
  }(world, went_on));
  EXPECT_FALSE(went_on);
}

}  // namespace
}  // namespace external::async_test
