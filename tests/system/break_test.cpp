// A run that ends by itself, and the exit code that says why.

#include "tcp_pair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace external::test::break_test {
namespace {

/// A post office without anything to do.
class Break : public testing::Test {
 protected:
  Break() : office(folder, "NORTH/CLINIC", "north", "[External-Lan]\nCommType = Tcp\n") {}

  int exit_code(std::vector<std::string> settings) const {
    settings.insert(settings.begin(), {"run", "--service"});
    return office.command(settings).exit_code;
  }

  TempFolder folder;
  PostOffice office;
};

TEST_F(Break, TheExitCodeTellsWhichOneItWas) {
  EXPECT_EQ(exit_code({"/BreakTime=00:00", "/BreakToday"}), 60);
  EXPECT_TRUE(office.logged("BreakTime has come; ending.")) << office.log();
  EXPECT_EQ(exit_code({"--BreakDate=2020-12-31"}), 61);
  EXPECT_EQ(exit_code({"/breakdate=2020-12-31", "--breaktime=23:00"}), 62);
  EXPECT_EQ(exit_code({"/BreakRelative=1s"}), 63);
  EXPECT_EQ(exit_code({"--once"}), 0);
  EXPECT_EQ(office.times_logged("External ended."), 5) << office.log();
}

TEST_F(Break, ARestartAfterTheBreakTimeOfTodayRuns) {
  // The first minute of the day has passed, or has just begun and lasts as long as this.
  auto process = office.start({"--service", "/BreakTime=00:00"});
  EXPECT_TRUE(eventually([&] { return office.command({"status"}).exit_code == 0; })) << office.log();
  EXPECT_EQ(office.command({"stop"}).exit_code, 0);
  const auto ended = process.wait(std::chrono::seconds(60));
  EXPECT_TRUE(ended && ended->exit_code == 0) << office.log();
}

TEST(OneCycle, MovesTheMailBothWaysAndEnds) {
  TcpPair pair;
  EXPECT_EQ(pair.north.send("SOUTH/HUB/ANNA", "Subject: up\n\nx\n").exit_code, 0);
  EXPECT_EQ(pair.south.send("NORTH/CLINIC/ANNA", "Subject: down\n\ny\n").exit_code, 0);
  EXPECT_EQ(pair.north.command({"run", "--service", "--once"}).exit_code, 75) << "nobody answers";
  const auto south = pair.start_south();
  EXPECT_EQ(pair.north.command({"queue", "retry", "1"}).exit_code, 0);
  EXPECT_EQ(pair.north.command({"run", "--service", "--once"}).exit_code, 0) << pair.north.log();
  EXPECT_EQ(pair.north.mailbox("ANNA").size(), 1u) << pair.north.log();
  EXPECT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == 1; })) << pair.south.log();
}

}  // namespace
}  // namespace external::test::break_test
