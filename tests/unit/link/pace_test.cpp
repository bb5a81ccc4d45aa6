#include "../../../src/link/pace.h"

#include <gtest/gtest.h>

namespace external::link::pace_test {
namespace {

using namespace std::chrono_literals;

constexpr auto step = 1ms;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// A modem between a fast port and its line. It stops the computer when its buffer is three quarters full
/// until it is one quarter full.
struct Modem {
  double line;  ///< bytes per second
  double port = 11520;
  double buffer = 1024;
  double driver = 0;
  double held = 0;
  double idle = 0;  ///< steps in which the line had nothing to send
  bool stopped = false;

  void run_for_a_step() {
    const double taken = stopped ? 0 : std::min(driver, port * seconds(step));
    driver -= taken;
    held += taken;
    if (held < 1) ++idle;
    held = std::max(0.0, held - line * seconds(step));
    if (held > buffer * 3 / 4) stopped = true;
    if (held < buffer / 4) stopped = false;
  }
};

/// Writes whenever it may; `most` is what the driver held at most.
struct Writer {
  Modem& modem;
  Pace pace{115200};
  TimePoint now{1h};
  double most = 0;

  void write_for(Duration duration) {
    for (const auto end = now + duration; now < end; now += step) {
      pace.driver_holds(static_cast<std::size_t>(modem.driver), now);
      if (pace.next_slice() <= now) {
        pace.wrote(pace.slice(), now);
        modem.driver += static_cast<double>(pace.slice());
        most = std::max(most, modem.driver);
      }
      modem.run_for_a_step();
    }
  }

  void pass(Duration duration) {
    for (const auto end = now + duration; now < end; now += step) modem.run_for_a_step();
  }
};

class SlowLine : public testing::TestWithParam<double> {};

TEST_P(SlowLine, IsKeptBusyWithLittleInTheDriver) {
  Modem modem{.line = GetParam()};
  Writer writer{modem};
  writer.write_for(20s);
  writer.most = 0;
  modem.idle = 0;
  writer.write_for(120s);
  EXPECT_LE(writer.most, GetParam() / 4 + 32) << "a quarter of a second, and two of the smallest slices";
  EXPECT_LT(modem.idle, 120s / step / 100);
}

INSTANTIATE_TEST_SUITE_P(BytesPerSecond, SlowLine, testing::Values(120.0, 240.0, 960.0, 3360.0, 11520.0));

TEST(Pace, FollowsALineThatGetsFasterAgain) {
  Modem modem{.line = 960};
  Writer writer{modem};
  writer.write_for(30s);
  EXPECT_LT(writer.pace.bits_per_second(), 13'000u);
  modem.line = 11520;
  writer.write_for(40s);
  EXPECT_GT(writer.pace.bits_per_second(), 100'000u);
}

TEST(Pace, IsNotSlowedByWhatIsNotWritten) {
  Modem modem{.line = 11520};
  Writer writer{modem};
  for (int i = 0; i < 20; ++i) {
    writer.write_for(400ms);
    writer.pass(30s);
  }
  EXPECT_EQ(writer.pace.bits_per_second(), 115'200u);
}

}  // namespace
}  // namespace external::link::pace_test
