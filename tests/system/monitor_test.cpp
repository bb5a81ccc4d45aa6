// The screens of External as whole programs: its own, and monitors of it.

#include "end.h"
#include "terminal_process.h"

namespace external::test::monitor_test {
namespace {

constexpr auto f1 = "\x1bOP";
constexpr auto f2 = "\x1bOQ";
constexpr auto f3 = "\x1bOR";
constexpr auto f4 = "\x1bOS";
constexpr auto f5 = "\x1b[15~";

/// NORTH/CLINIC, which runs, and who watches it.
struct Watched {
  Town town;
  End north{town, "north"};

  bool begins() { return north.start_and_initialise(); }

  std::unique_ptr<TerminalProcess> monitor(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{external_program(), "--config", town.north.ini(), "monitor"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<TerminalProcess>(arguments);
  }

  /// Through ESC and Y, from any page.
  static void expect_leaves(TerminalProcess& monitor) {
    monitor.type("0\x1b");
    EXPECT_TRUE(monitor.shows("Leave the monitor? External goes on. Y/N"));
    monitor.type("y");
    const auto status = monitor.wait(stop_limit);
    EXPECT_TRUE(status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0);
    EXPECT_TRUE(monitor.is_as_before());
  }

  bool external_answers() const {
    return town.north.command({"status"}).output.find("process ") != std::string::npos;
  }
};

class MonitorTest : public testing::Test, protected Watched {
 protected:
  void SetUp() override { ASSERT_TRUE(begins()) << north.log(); }
};

TEST(Defect, Q131824_EscapeAndYLeaveTheMonitorAndStopNothing) {
  Watched watched;
  ASSERT_TRUE(watched.begins());
  const auto one = watched.monitor();
  EXPECT_TRUE(one->shows("NORTH/CLINIC"));
  EXPECT_TRUE(one->shows("ESC leaves the monitor."));
  one->type("y");  // nobody asked
  watched.expect_leaves(*one);
  EXPECT_TRUE(watched.north.runs());
  EXPECT_TRUE(watched.external_answers());
  EXPECT_FALSE(watched.north.logged("Shutting down ..."));
  watched.north.expect_port_held();
}

TEST_F(MonitorTest, FunctionKeysTurnThePages) {
  const auto one = monitor();
  EXPECT_TRUE(one->shows("ESC leaves the monitor."));
  one->type(f1);
  EXPECT_TRUE(one->shows("leave the monitor; External goes on"));
  one->type(f2);
  EXPECT_TRUE(one->shows("Post offices over LAN"));
  one->type(f3);
  EXPECT_TRUE(one->shows("Serial#"));
  EXPECT_TRUE(one->shows("SOUTH/HUB  Status: START"));
  one->type(f4);
  EXPECT_TRUE(one->shows("Queue: no messages"));
  one->type(f5);
  EXPECT_TRUE(one->shows("Initialization complete. Ready."));
  EXPECT_TRUE(one->shows("Follows;"));
  one->type("\x1b");
  EXPECT_TRUE(one->shows("ESC leaves the monitor."));
  expect_leaves(*one);
}

TEST_F(MonitorTest, ItsOwnScreenHasTheSamePages) {
  TerminalProcess south({external_program(), "--config", town.south.ini(), "run", "--console"});
  EXPECT_TRUE(south.shows("ESC ends External."));
  south.type("3");
  EXPECT_TRUE(south.shows("NORTH/CLINIC  Status: START"));
  south.type("4");
  EXPECT_TRUE(south.shows("Queue: no messages"));
  south.type("q");
  EXPECT_TRUE(south.shows("ESC ends External."));
  south.type("h");
  EXPECT_TRUE(south.shows("Modem1 is held: it dials for no mail"));
  south.type("\x1b");
  EXPECT_TRUE(south.shows("Press Y to exit, N to continue."));
  south.type("y");
  EXPECT_TRUE(south.wait(stop_limit));
}

TEST(Defect, Q148809_AnyNumberOfMonitorsWatchesAtOnce) {
  Watched watched;
  ASSERT_TRUE(watched.begins());
  const auto one = watched.monitor();
  const auto other = watched.monitor({"--instance", "Modem1"});
  EXPECT_TRUE(one->shows("Modem1"));
  EXPECT_TRUE(other->shows("Modem1"));
  one->type("h");
  EXPECT_TRUE(one->shows("Modem1 is held: it dials for no mail"));
  EXPECT_TRUE(eventually(
      [&] { return watched.town.north.command({"status"}).output.find("(held)") != std::string::npos; }));
  watched.expect_leaves(*one);
  other->type("r");
  EXPECT_TRUE(other->shows("Modem1 is released."));
  watched.expect_leaves(*other);
}

TEST(Defect, Q140461_AMonitorFindsExternalAgainAfterARestart) {
  Watched watched;
  ASSERT_TRUE(watched.begins());
  const auto one = watched.monitor();
  EXPECT_TRUE(one->shows("Modem1"));
  watched.north.process().signal(SIGTERM);
  ASSERT_TRUE(watched.north.process().wait(stop_limit));
  EXPECT_TRUE(one->shows("External has ended"));
  ASSERT_TRUE(watched.north.start_and_initialise());
  EXPECT_TRUE(one->shows("External was started again"));
  one->type("3");
  EXPECT_TRUE(one->shows("SOUTH/HUB  Status:"));
  watched.expect_leaves(*one);
}

TEST_F(MonitorTest, WaitsForAnExternalThatDoesNotRun) {
  TerminalProcess south({external_program(), "--config", town.south.ini(), "monitor"});
  EXPECT_TRUE(south.shows("no External is running for SOUTH/HUB"));
  expect_leaves(south);
}

TEST_F(MonitorTest, FollowsTheSizeOfTheWindow) {
  const auto one = monitor();
  EXPECT_TRUE(one->shows("ESC leaves the monitor."));
  one->resize(40, 10);
  EXPECT_TRUE(one->shows("F2-F5 Pages"));
  one->resize(132, 43);
  EXPECT_TRUE(one->shows("F4 Queue"));
  one->resize(1, 1);
  one->resize(80, 24);
  EXPECT_TRUE(one->shows("F4 Queue"));
  expect_leaves(*one);
}

TEST_F(MonitorTest, HoldsAMessageAndLetsItGo) {
  town.north.command({"queue", "hold", "Modem1"});  // so that it stays in the queue
  ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", "Subject: x\n\nx\n").exit_code, 0);
  const auto one = monitor();
  one->type(f4);
  EXPECT_TRUE(one->shows("SOUTH/HUB/ANNA"));
  one->type("h");
  EXPECT_TRUE(one->shows(" is held until it is released."));
  EXPECT_NE(town.north.command({"queue", "list", "--all"}).output.find(" held "), std::string::npos);
  one->type("r");
  EXPECT_TRUE(one->shows("released."));
  EXPECT_NE(town.north.command({"queue", "list", "--all"}).output.find(" queued "), std::string::npos);
  one->type("t");
  EXPECT_TRUE(one->shows("due at once."));
  expect_leaves(*one);
}

TEST_F(MonitorTest, CallsAPostOfficeNow) {
  End south(town, "south");
  ASSERT_TRUE(south.start_and_initialise());
  const auto one = monitor();
  EXPECT_TRUE(one->shows("Modem1"));
  one->type("3");
  EXPECT_TRUE(one->shows("SOUTH/HUB  Status:"));
  one->type("c");
  EXPECT_TRUE(one->shows("SOUTH/HUB is called as soon as a line is free."));
  EXPECT_TRUE(south.eventually_logged("NORTH/CLINIC"));
  expect_leaves(*one);
}

TEST_F(MonitorTest, SaysWhatToUseWithoutATerminal) {
  const auto ran = town.north.command({"monitor"});
  EXPECT_EQ(ran.exit_code, 64);
  EXPECT_NE(ran.output.find("use external status, or external log --follow"), std::string::npos)
      << ran.output;
}

TEST_F(MonitorTest, IsAskedForAnInstanceThatThereIs) {
  const auto ran = town.north.command({"monitor", "--instance", "Modem9"});
  EXPECT_EQ(ran.exit_code, 78);
  EXPECT_NE(ran.output.find("unknown instance Modem9"), std::string::npos) << ran.output;
}

TEST_F(MonitorTest, GivesTheTerminalBackAtASignal) {
  const auto one = monitor();
  EXPECT_TRUE(one->shows("Modem1"));
  one->type("\x03");
  EXPECT_TRUE(one->wait(stop_limit));
  EXPECT_TRUE(one->is_as_before());
  EXPECT_TRUE(external_answers());
}

}  // namespace
}  // namespace external::test::monitor_test
