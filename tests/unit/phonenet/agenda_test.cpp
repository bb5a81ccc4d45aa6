#include "agenda.h"

#include "virtual_time.h"

#include <gtest/gtest.h>

namespace external::phonenet::agenda_test {
namespace {

using namespace std::chrono_literals;

TEST(Agenda, RunsTimersInTheOrderTheyFallDue) {
  test::VirtualTime time;
  std::string order;
  Timer late(time.agenda(), [&] { order += "late"; });
  Timer early(time.agenda(), [&] { order += "early "; });
  late.start_in(20ms);
  early.start_in(10ms);
  time.advance(15ms);
  EXPECT_EQ(order, "early ");
  time.advance(5ms);
  EXPECT_EQ(order, "early late");
  time.advance(1s);
  EXPECT_EQ(order, "early late");
}

TEST(Agenda, StoppedAndDestroyedTimersDoNotRun) {
  test::VirtualTime time;
  int runs = 0;
  Timer stopped(time.agenda(), [&] { ++runs; });
  stopped.start_in(1ms);
  stopped.stop();
  {
    Timer destroyed(time.agenda(), [&] { ++runs; });
    destroyed.start_in(1ms);
  }
  time.advance(1s);
  EXPECT_EQ(runs, 0);
}

TEST(Agenda, StartingAnewForgetsTheFormerStart) {
  test::VirtualTime time;
  std::vector<TimePoint> runs;
  Timer timer(time.agenda(), [&] { runs.push_back(time.now()); });
  const TimePoint start = time.now();
  timer.start_in(1ms);
  timer.start_in(7ms);
  time.advance(1s);
  EXPECT_EQ(runs, std::vector<TimePoint>{start + 7ms});
}

}  // namespace
}  // namespace external::phonenet::agenda_test
