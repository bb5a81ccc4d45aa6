// The password stands in external.ini and nowhere else, however much is logged and whatever goes wrong.

#include "end.h"

namespace external::test {
namespace {

constexpr const char* right = "Krk9 fair wind";
constexpr const char* wrong = "Bq7 spring tide";

class SecretsTest : public testing::Test {
 protected:
  SecretsTest() {
    for (const auto* office : {&town.north, &town.south}) {
      office->change_settings("one two", right);
      office->change_settings("LogVerbose = yes", "LogVerbose = yes\nDebugXCSI = yes");
    }
  }

  void expect_nowhere(const std::string& secret) const {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(town.folder.path())) {
      if (!entry.is_regular_file() || entry.path().filename() == "external.ini") continue;
      ++files;
      const auto content = read_file(entry.path());
      EXPECT_EQ(content.find(secret), std::string::npos) << entry.path();
    }
    EXPECT_GT(files, 6) << "logs and queues of both";
  }

  Town town{"115200", {"--ring-delay", "100ms", "--connect-time", "200ms"}};
  End north{town, "north"};
  End south{town, "south"};
};

TEST_F(SecretsTest, APasswordThatIsRightAppearsNowhere) {
  ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", random_text(2'000, 1)).exit_code, 0);
  ASSERT_TRUE(south.start_and_initialise());
  north.start();
  ASSERT_TRUE(north.eventually_logged("Connection end. Disconnection.")) << north.log();
  EXPECT_EQ(town.north.command({"status"}).exit_code, 0);
  expect_nowhere(right);
}

TEST_F(SecretsTest, APasswordThatIsWrongAppearsNowhere) {
  town.north.change_settings(right, wrong);
  ASSERT_EQ(town.north.send("SOUTH/HUB/ANNA", random_text(2'000, 1)).exit_code, 0);
  ASSERT_TRUE(south.start_and_initialise());
  north.start();
  ASSERT_TRUE(north.eventually_logged("-- Closing connection --")) << north.log();
  ASSERT_TRUE(south.eventually_logged("Sign-on ID or password incorrect")) << south.log();
  expect_nowhere(right);
  expect_nowhere(wrong);
}

}  // namespace
}  // namespace external::test
