// External on a terminal: ESC asks, N goes on, Y stops as cleanly as a signal.

#include "end.h"
#include "terminal_process.h"

namespace external::test::console_stop_test {
namespace {

class ConsoleStopTest : public testing::Test {
 protected:
  /// Runs on the screen and is ready to dial and to answer.
  void SetUp() override {
    ASSERT_TRUE(eventually([&] { return north.logged(ready); })) << north.log();
    ASSERT_TRUE(program.shows("ESC ends External."));
  }

  void expect_clean_end() {
    const auto status = program.wait(stop_limit);
    ASSERT_TRUE(status) << "still running\n" << north.log();
    EXPECT_TRUE(WIFEXITED(*status) && WEXITSTATUS(*status) == 0) << *status;
    EXPECT_TRUE(north.logged("Modem reset, port"));
    north.expect_given_back();
  }

  const std::string ready = "Initialization complete. Ready.";
  Town town;
  End north{town, "north"};
  TerminalProcess program{{external_program(), "--config", town.north.ini(), "run", "--console"}};
};

TEST_F(ConsoleStopTest, AsksAndGoesOnWithN) {
  program.type("\x1b");
  EXPECT_TRUE(program.shows("Press Y to exit, N to continue."));
  program.type("n");
  EXPECT_TRUE(program.shows("ESC ends External."));
  program.type("y");  // nobody asked
  program.type("\x1b");
  EXPECT_TRUE(program.shows("Press Y to exit, N to continue."));
  EXPECT_TRUE(north.logged("Press Y to exit, N to continue."));
  EXPECT_FALSE(north.logged("Shutting down ..."));
  program.type("Y");
  EXPECT_TRUE(program.shows("Shutting down ..."));
  const auto status = program.wait(stop_limit);
  EXPECT_TRUE(status && program.is_as_before());
  expect_clean_end();
  EXPECT_TRUE(north.start_and_initialise()) << "not ready to be started again";
}

TEST_F(ConsoleStopTest, StopsCleanlyAtControlC) {
  program.type("\x03");
  expect_clean_end();
}

TEST_F(ConsoleStopTest, StopsCleanlyWhenTheTerminalGoes) {
  program.close();
  expect_clean_end();
}

}  // namespace
}  // namespace external::test::console_stop_test
