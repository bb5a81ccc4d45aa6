#include "../../../src/engine/watchdog.h"

#include <gtest/gtest.h>

namespace external::engine::watchdog_test {
namespace {

using namespace std::chrono_literals;

class LostTest : public testing::Test {
 protected:
  bool is_lost_after(Duration time) {
    clock.advance(time);
    return is_lost(board);
  }

  asio::io_context io;
  VirtualClock clock{io};
  Board board{clock, "Modem1", [] {}};
};

TEST_F(LostTest, ALineThatWasNotRestartedInTimeIsLost) {
  board.show(LineState::listening);
  EXPECT_FALSE(is_lost_after(longest_silence(LineState::listening) + 5min));
  EXPECT_TRUE(is_lost_after(1s));
  board.show(LineState::listening);
  EXPECT_FALSE(is_lost_after(1min));
}

TEST_F(LostTest, ALineThatMaySayNothingNeverIs) {
  EXPECT_FALSE(is_lost_after(1h));
  board.show(LineState::absent);
  EXPECT_FALSE(is_lost_after(24h * 365));
}

}  // namespace
}  // namespace external::engine::watchdog_test
