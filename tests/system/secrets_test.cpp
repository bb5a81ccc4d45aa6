// The password stands in external.ini and nowhere else, however much is logged and whatever goes wrong; nor
// is the number that is dialled said, or what a message says.

#include "end.h"

namespace external::test::secrets_test {
namespace {

constexpr const char* right = "Krk9 fair wind";
constexpr const char* wrong = "Bq7 spring tide";
constexpr const char* number = "5550002";
constexpr const char* letter = "Wx4 what the letter says";

class SecretsTest : public testing::TestWithParam<const char*> {
 protected:
  SecretsTest() {
    for (const auto* office : {&town.north, &town.south}) {
      office->change_settings("one two", right);
      office->change_settings(
          "LogVerbose = yes",
          std::string("LogVerbose = yes\nDebugXCSI = yes\nLogSent = yes\nLogReceive = yes\nLogFormat = ") +
              GetParam());
    }
  }

  int send() const {
    return town.north.send("SOUTH/HUB/ANNA", std::string("Subject: ") + letter + "\n\n" + letter + "\n")
        .exit_code;
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

  /// In no log, and in nothing that people or programs are told about a running External.
  void expect_unsaid(const std::string& secret) const {
    int files = 0;
    for (const auto* office : {&town.north, &town.south}) {
      for (const auto& entry : std::filesystem::directory_iterator(office->path() / "log")) {
        ++files;
        EXPECT_EQ(read_file(entry.path()).find(secret), std::string::npos) << entry.path();
      }
      EXPECT_EQ(read_file(office->path() / "run.out").find(secret), std::string::npos);
      for (const auto& asked : std::vector<std::vector<std::string>>{
               {"status"}, {"status", "--json"}, {"status", "--problems"}, {"log", "--json"}}) {
        EXPECT_EQ(office->command(asked).output.find(secret), std::string::npos) << asked.back();
      }
    }
    EXPECT_GT(files, 6);
  }

  Town town{"115200", {"--ring-delay", "100ms", "--connect-time", "200ms"}};
  End north{town, "north"};
  End south{town, "south"};
};

TEST_P(SecretsTest, NothingSecretIsSaidOfACallThatWorks) {
  ASSERT_EQ(send(), 0);
  ASSERT_TRUE(south.start_and_initialise());
  north.start();
  ASSERT_TRUE(north.eventually_logged("Connection end. Disconnection.")) << north.log();
  ASSERT_TRUE(south.eventually_logged("Delivered ")) << south.log();
  for (const auto* secret : {right, number, letter}) expect_unsaid(secret);
  expect_nowhere(right);
}

TEST_P(SecretsTest, APasswordThatIsWrongAppearsNowhere) {
  town.north.change_settings(right, wrong);
  ASSERT_EQ(send(), 0);
  ASSERT_TRUE(south.start_and_initialise());
  north.start();
  ASSERT_TRUE(north.eventually_logged("-- Closing connection --")) << north.log();
  ASSERT_TRUE(south.eventually_logged("Sign-on ID or password incorrect")) << south.log();
  for (const auto* secret : {number, letter}) expect_unsaid(secret);
  expect_nowhere(right);
  expect_nowhere(wrong);
}

INSTANTIATE_TEST_SUITE_P(Formats, SecretsTest, testing::Values("classic", "iso", "json"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace external::test::secrets_test
