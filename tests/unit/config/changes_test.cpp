#include <external/config/changes.h>
#include <external/config/load.h>

#include <gmock/gmock.h>

#include <fstream>

#include <temp_folder.h>

namespace external::config::changes_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string base = R"(
[External]
HomePO        = NORTH/CLINIC
RetryInterval = 5m
UsefulLife    = 2d
[External-Modem1]
AsyncCommPort = /dev/ttyS0
[External-Modem2]
AsyncCommPort = /dev/ttyS1
RetryInterval = 10s
[PostOffice SOUTH/HUB]
Phone    = 5550002
Password = secret
[Group SALES]
Members = anna, bert
)";

Settings settings(const std::string& text) {
  return parse(text, "/po/external.ini");
}

std::string with(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  return at == std::string::npos ? "" : text.replace(at, what.size(), by);
}

std::vector<std::string> changes(const Settings& running, const Settings& wanted) {
  std::vector<std::string> lines;
  for (const auto& change : compare(running, wanted)) lines.push_back(to_string(change));
  return lines;
}

std::vector<std::string> changes(const std::string& what, const std::string& by) {
  return changes(settings(base), settings(with(base, what, by)));
}

TEST(Changes, AreNoneWhereOnlyPlacesAndCommentsDiffer) {
  EXPECT_THAT(changes("[External-Modem1]", "; a comment\n\n[External-Modem1]"), IsEmpty());
  EXPECT_THAT(changes("secret", "\"secret\""), IsEmpty());
}

TEST(Changes, SayFromWhenOnTheyHold) {
  EXPECT_THAT(changes("5550002", "5550003"),
              ElementsAre("PostOffice SOUTH/HUB: Phone changed; holds from the next call on."));
  EXPECT_THAT(changes("Phone ", "Retries = 5\nPhone "),
              ElementsAre("PostOffice SOUTH/HUB: Retries added; holds from now on."));
  EXPECT_THAT(changes("UsefulLife    = 2d", ""),
              ElementsAre("External: UsefulLife removed; holds from now on."));
  EXPECT_THAT(changes("anna, bert", "anna"), ElementsAre("Group SALES: Members changed; holds from now on."));
  EXPECT_THAT(changes("UsefulLife ", "LogSession = other.log\nUsefulLife "),
              ElementsAre("External: LogSession added; takes effect when External is started again."));
}

TEST(Changes, OfWhatInstancesTakeFromExternalAreThoseOfTheInstances) {
  EXPECT_THAT(
      changes("RetryInterval = 5m", "RetryInterval = 6m"),
      ElementsAre("External-Modem1: RetryInterval changed; the line starts anew with it as soon as its "
                  "call is over."));
  EXPECT_THAT(changes("[External-Modem1]", "[External-Modem1]\nRetryInterval = 5m"), IsEmpty());
}

TEST(Changes, TellWhatCameAndWent) {
  EXPECT_THAT(changes("[Group SALES]", "[External-Lan]\nCommType = Tcp\n[Group BOATS]"),
              ElementsAre("External-Lan: new; the line is started.", "Group BOATS: new; holds from now on.",
                          "Group SALES: removed; holds from now on."));
  EXPECT_THAT(changes("[External-Modem2]\nAsyncCommPort = /dev/ttyS1\nRetryInterval = 10s\n", ""),
              ElementsAre("External-Modem2: removed; the line ends as soon as its call is over."));
  EXPECT_THAT(
      changes("SOUTH/HUB]", "SOUTH/PORT]"),
      ElementsAre(
          "PostOffice SOUTH/HUB: removed; mail that waits for it and has no other way goes back to its "
          "senders.",
          "PostOffice SOUTH/PORT: new; holds from now on."));
}

TEST(Changes, ShowNoPassword) {
  EXPECT_THAT(changes("secret", "sesame"),
              ElementsAre("PostOffice SOUTH/HUB: Password changed; holds from the next call on."));
}

TEST(Changes, SeeWhatIsInAPasswordFile) {
  const test::TempFolder folder;
  const auto file = folder.path() / "word";
  const auto write = [&](const std::string& word) {
    std::ofstream(file) << word << "\n";
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    return settings(with(base, "Password = secret", "PasswordFile = " + file.string()));
  };
  const auto before = write("one");
  EXPECT_THAT(changes(before, write("one")), IsEmpty());
  EXPECT_THAT(changes(before, write("two")),
              ElementsAre("PostOffice SOUTH/HUB: PasswordFile changed; holds from the next call on."));
}

TEST(Changes, OfAnotherPostOfficeAllNeedARestart) {
  const auto other = with(with(base, "NORTH/CLINIC", "NORTH/WARD"), "5550002", "5550003");
  EXPECT_THAT(
      changes(settings(base), settings(other)),
      ElementsAre("External: HomePO changed; takes effect when External is started again.",
                  "PostOffice SOUTH/HUB: Phone changed; takes effect when External is started again."));
  const auto result = applicable(settings(base), settings(other));
  EXPECT_EQ(result.home_po, "NORTH/CLINIC");
  EXPECT_EQ(result.post_offices.front().phone, "5550002");
}

TEST(Changes, ThatNeedARestartAreToldAgainAndTheOthersHold) {
  const auto running = settings(base);
  const auto wanted =
      settings(with(with(base, "UsefulLife ", "SmtpListen = :2525\nUsefulLife "), "= 2d", "= 3d"));
  const auto result = applicable(running, wanted);
  EXPECT_EQ(result.useful_life, std::chrono::hours(72));
  EXPECT_THAT(result.smtp.listen, IsEmpty());
  EXPECT_THAT(changes(result, wanted),
              ElementsAre("External: SmtpListen added; takes effect when External is started again."));
}

TEST(Changes, OfOneInstanceLeaveTheRest) {
  const auto running = settings(base);
  const auto wanted = settings(with(with(base, "5550002", "5550003"), "ttyS1", "ttyS9"));
  const auto result = with_instance(running, wanted, "modem2");
  EXPECT_EQ(result.find_instance("Modem2")->async_comm_port, "/dev/ttyS9");
  EXPECT_EQ(result.post_offices.front().phone, "5550002");
  EXPECT_THAT(changes(result, wanted),
              ElementsAre("PostOffice SOUTH/HUB: Phone changed; holds from the next call on."));
}

TEST(Changes, OfOneInstanceThatIsNewOrGoneReachThePostOfficesItCalls) {
  const auto running = settings(base);
  const auto wanted = settings(with(base, "[External-Modem2]", "[External-Modem3]"));
  const auto more = with_instance(running, wanted, "Modem3");
  EXPECT_TRUE(more.find_instance("Modem2"));
  EXPECT_TRUE(more.post_offices.front().called_by("Modem3"));
  const auto fewer = with_instance(running, wanted, "Modem2");
  EXPECT_FALSE(fewer.find_instance("Modem2"));
  EXPECT_THAT(fewer.post_offices.front().instances, ElementsAre("Modem1"));
}

}  // namespace
}  // namespace external::config::changes_test
