#include "run.h"

#include <external/service/signals.h>

#include <unistd.h>

namespace external::service::signals_test {
namespace {

TEST(Signals, TellsWhichOneCame) {
  test::RealWorld world;
  for (const int number : stop_signals) {
    Signals signals(world.io.get_executor(), stop_signals);
    ::raise(number);
    EXPECT_EQ(world.run(signals.next()), number);
  }
}

TEST(Signals, KeepsOneThatCameBeforeTheWait) {
  test::RealWorld world;
  Signals signals(world.io.get_executor(), {SIGUSR1});
  ::raise(SIGUSR1);
  world.io.poll();
  EXPECT_EQ(world.run(signals.next()), SIGUSR1);
}

TEST(Signals, HaveTheirNames) {
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(SIGHUP), "SIGHUP");
  EXPECT_EQ(signal_name(12345), "signal 12345");
}

TEST(Signals, BrokenPipesBecomeErrors) {
  ignore_write_signals();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_EQ(::write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[1]);
}

}  // namespace
}  // namespace external::service::signals_test
