// [Share NAME]: what it says, and what is wrong with it.

#include <external/config/changes.h>
#include <external/config/load.h>

#include <gmock/gmock.h>

#include <fstream>

#include <temp_folder.h>

namespace external::config::share_test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string modems = R"([External]
HomePO = NORTH/CLINIC
[External-Modem1]
AsyncCommPort = /dev/ttyS0
ModemClass = v34
[External-Modem2]
AsyncCommPort = /dev/ttyS1
AsyncSpeed = 9600
CommScript = COURIER
[External-Lan]
CommType = Tcp
Listen = :2666
)";
constexpr int first_line = 13;  ///< of what follows

Settings settings(const std::string& pools) {
  return parse(modems + pools, "/po/external.ini");
}

Share pool(const std::string& text) {
  return settings("[Share OFFICE]\n" + text).shares.at(0);
}

std::string complaints(const std::string& pools) {
  try {
    settings(pools);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

std::string at(int line) {
  return "/po/external.ini:" + std::to_string(first_line + line) + ": error: ";
}

TEST(ShareSettings, NeedNoMoreThanAPort) {
  const auto share = pool("Listen = 7000\n");
  EXPECT_EQ(share.name, "OFFICE");
  EXPECT_THAT(share.instances, ElementsAre("Modem1", "Modem2")) << "all modems, and nothing else";
  ASSERT_EQ(share.listen.size(), 1U);
  EXPECT_EQ(share.listen[0].host, "") << "this computer only";
  EXPECT_EQ(share.listen[0].port, "7000");
  EXPECT_THAT(share.listen_raw, IsEmpty());
  EXPECT_THAT(share.allow, IsEmpty());
  EXPECT_EQ(share.password, "");
  EXPECT_EQ(share.idle_limit, 15min);
  EXPECT_FALSE(share.lease_limit);
  EXPECT_EQ(share.wait_limit, 5min);
  EXPECT_EQ(share.queue_limit, 16U);
  EXPECT_FALSE(share.urgent_mail_first || share.refuse_calls || share.hand_over_calls);
}

TEST(ShareSettings, AreRead) {
  const auto share = pool(
      "Instance = Modem2, Modem1\nListen = 0.0.0.0:7000, [::1]:7000\nListenRaw = 7001\nAllow = 192.0.2.0/24, "
      "2001:DB8::/32\nPassword = \"open sesame\"\nCertificate = share.crt\nKey = share.key\nIdleLimit = 0\n"
      "LeaseLimit = 2h\nWaitLimit = 0\nQueueLimit = 0\nFirst = 192.0.2.7\nUrgentMailFirst = yes\n"
      "RefuseCalls = yes\nHandOverCalls = yes\n");
  EXPECT_THAT(share.instances, ElementsAre("Modem2", "Modem1")) << "in the order in which they are taken";
  EXPECT_EQ(share.listen.at(0).host, "0.0.0.0");
  EXPECT_EQ(share.listen.at(1).host, "::1");
  EXPECT_EQ(share.listen_raw.at(0).port, "7001");
  EXPECT_THAT(share.allow, ElementsAre("192.0.2.0/24", "2001:db8::/32"));
  EXPECT_THAT(share.first, ElementsAre("192.0.2.7"));
  EXPECT_EQ(share.password, "open sesame");
  EXPECT_EQ(share.certificate, "/po/share.crt");
  EXPECT_EQ(share.key, "/po/share.key");
  EXPECT_FALSE(share.idle_limit);
  EXPECT_EQ(share.lease_limit, 2h);
  EXPECT_FALSE(share.wait_limit);
  EXPECT_EQ(share.queue_limit, 0U);
  EXPECT_TRUE(share.urgent_mail_first && share.refuse_calls && share.hand_over_calls);
}

TEST(ShareSettings, ChooseModemsByClassScriptAndSpeed) {
  EXPECT_THAT(pool("Listen = 7000\nModemClass = V34\n").instances, ElementsAre("Modem1"));
  EXPECT_THAT(pool("Listen = 7000\nScript = courier\n").instances, ElementsAre("Modem2"));
  EXPECT_THAT(pool("Listen = 7000\nLowestSpeed = 19200\n").instances, ElementsAre("Modem1"));
}

TEST(ShareSettings, ThatCannotWorkAreRefusedWithTheirLine) {
  struct Row {
    std::string text;
    int line;
    std::string complaint;
  };
  const std::string office = "[Share OFFICE]: ";
  for (const auto& row : {
           Row{"Instance = Modem1\n", 0, office + "nobody can come to it; add Listen or ListenRaw"},
           Row{"Listen = 7000\nCertificate = x\n", 0,
               office + "Certificate and Key belong together; add the other one"},
           Row{"Listen = 7000\nKey = x\n", 0,
               office + "Certificate and Key belong together; add the other one"},
           Row{"Listen = 7000\nInstance = Modem9\n", 0, office + "there is no [External-Modem9]; add it"},
           Row{"Listen = 7000\nInstance = Lan\n", 0, office + "[External-Lan] has no modem"},
           Row{"Listen = 7000\nInstance = Modem2\nLowestSpeed = 57600\n", 0,
               office + "[External-Modem2] would never be lent, its ModemClass is none, its CommScript "
                        "COURIER and its AsyncSpeed 9600; correct"},
           Row{"Listen = 7000\nModemClass = v90\n", 0, office + "there is no modem to lend; add Instance"},
           Row{"Listen = 7000\nPassword = a\nPasswordFile = /dev/null\n", 3, "PasswordFile"},
           Row{"Listen = 7000\nAllow = 192.0.2.0/33\n", 2, office + "Allow: "},
           Row{"Listen = 7000\nFirst = 192.0.2\n", 2, office + "First: "},
           Row{"ListenRaw = 127.0.0.1:7000\nListen = 7000\n", 1,
               office + "ListenRaw: 127.0.0.1:7000 is Listen of [Share OFFICE] already; choose another port"},
           Row{"Listen = localhost:2666\n", 1,
               office + "Listen: 127.0.0.1:2666 is taken in by [::]:2666, Listen of [External-Lan]; choose "
                        "another port"},
           Row{"Listen = modems.example:7000\n", 1,
               office + "Listen: modems.example is no address; give one of this computer, or 0.0.0.0"},
       }) {
    EXPECT_THAT(complaints("[Share OFFICE]\n" + row.text), HasSubstr(at(row.line) + row.complaint));
  }
}

// Between its calls it has no modem (Q196096: one that nobody arbitrates is nobody's).
TEST(ShareSettings, AModemThatIsHeldForCallsOnlyIsNotLent) {
  const std::string line =
      "[External-Modem3]\nAsyncCommPort = /dev/ttyS2\nCommOutOnly = yes\nHoldPort = call\n";
  EXPECT_THAT(
      complaints(line + "[Share OFFICE]\nListen = 7000\nInstance = Modem3\n"),
      HasSubstr("[Share OFFICE]: [External-Modem3] has HoldPort = call, so between its calls it has no "
                "modem to lend; remove that, or take it out of Instance"));
  EXPECT_THAT(settings(line + "[Share OFFICE]\nListen = 7000\n").shares.at(0).instances,
              ElementsAre("Modem1", "Modem2"));
}

TEST(ShareSettings, OfTwoPoolsMayShareModemsButNoPlace) {
  const std::string office = "[Share OFFICE]\nListen = 7000\n";
  EXPECT_EQ(complaints(office + "[Share LAB]\nListen = 7001\n"), "");
  EXPECT_EQ(complaints(office + "[Share LAB]\nListen = 192.0.2.1:7000\n"), "");
  EXPECT_THAT(
      complaints(office + "[Share LAB]\nListenRaw = 7000\n"),
      HasSubstr(at(3) + "[Share LAB]: ListenRaw: 127.0.0.1:7000 is Listen of [Share OFFICE] already"));
  EXPECT_THAT(complaints(office + "[Share Office]\nListen = 7001\n"), HasSubstr("stands in line 13 already"));
}

TEST(ShareSettings, TellWhichOtherListenerIsInTheWay) {
  struct Row {
    std::string listeners;
    std::string share;
    std::string complaint;  ///< empty: none
  };
  for (const auto& row : {
           Row{"", "Listen = 0.0.0.0:7000\nListenRaw = 127.0.0.1:7000\n",
               "[Share OFFICE]: ListenRaw: 127.0.0.1:7000 is taken in by 0.0.0.0:7000, Listen of [Share "
               "OFFICE]; "
               "choose another port"},
           Row{"", "Listen = [::1]:7000\nListenRaw = [::]:7000\n",
               "[Share OFFICE]: ListenRaw: [::]:7000 takes in [::1]:7000, Listen of [Share OFFICE]; choose "
               "another "
               "port, or the addresses one by one"},
           Row{"", "Listen = [::]:7000\nListenRaw = 7000\n",
               "127.0.0.1:7000 is taken in by [::]:7000, Listen"},
           Row{"", "Listen = 0.0.0.0:7000, [::]:7000\n", "[::]:7000 takes in 0.0.0.0:7000, Listen"},
           Row{"", "Listen = [::ffff:127.0.0.1]:7000\nListenRaw = 7000\n",
               "is Listen of [Share OFFICE] already"},
           Row{"", "Listen = 0.0.0.0:7000, [::1]:7000\n", ""},
           Row{"", "Listen = 192.0.2.1:7000, 7000\n", ""},
           Row{"", "Listen = 0.0.0.0:7000\nListenRaw = 127.0.0.1:7001\n", ""},
           Row{"SmtpListen = 7000\n", "Listen = 7000\n",
               "127.0.0.1:7000 is SmtpListen already; choose another port"},
           Row{"SmtpListen = 0.0.0.0:7000\n", "Listen = 7000\n",
               "127.0.0.1:7000 is taken in by 0.0.0.0:7000, SmtpListen; choose another port"},
           Row{"SmtpListen = localhost:7000\n", "Listen = 0.0.0.0:7000\n",
               "0.0.0.0:7000 takes in 127.0.0.1:7000"},
           Row{"SmtpListen = mail.example:7000\n", "Listen = 192.0.2.1:7000\n", ""},
           Row{"MetricsListen = :7000\n", "Listen = 7000\n", "127.0.0.1:7000 is MetricsListen already"},
           Row{"SubmissionListen = [::]:7000\nSmtpAuthWithoutTls = yes\n", "ListenRaw = [::1]:7000\n",
               "[::1]:7000 is taken in by [::]:7000, SubmissionListen"},
       }) {
    const auto text = "[External]\nHomePO = NORTH/CLINIC\n" + row.listeners +
                      "[External-Modem1]\nAsyncCommPort = /dev/ttyS0\n[Share OFFICE]\n" + row.share;
    std::string said;
    try {
      parse(text, "/po/external.ini");
    } catch (const ConfigError& error) {
      said = error.what();
    }
    EXPECT_THAT(said,
                row.complaint.empty() ? testing::Matcher<std::string>(IsEmpty()) : HasSubstr(row.complaint))
        << text;
  }
}

TEST(ShareSettings, AreNotDisturbedByALineThatIsDisabled) {
  EXPECT_EQ(complaints("CommDisable = yes\n[Share OFFICE]\nListen = 2666\n"), "");
}

TEST(ShareSettings, TakeThePasswordFromAFileOfItsOwn) {
  test::TempFolder folder;
  const auto file = folder.path() / "secret";
  std::ofstream(file) << "open sesame\n";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  const auto text = "[Share OFFICE]\nListen = 7000\nPasswordFile = " + file.string() + "\n";
  EXPECT_THAT(complaints(text),
              AllOf(HasSubstr(at(2) + "PasswordFile"), HasSubstr("other users can read it")));
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  EXPECT_EQ(settings(text).shares[0].password, "open sesame");
  EXPECT_THAT(complaints(text + "Password = other\n"),
              AllOf(HasSubstr("Password and PasswordFile exclude each other"), Not(HasSubstr("sesame"))));
}

TEST(ShareSettings, OfAPasswordMakeTheFileOneThatOthersMayNotRead) {
  test::TempFolder folder;
  const auto file = folder.path() / "external.ini";
  std::ofstream(file) << modems << "[Share OFFICE]\nListen = 7000\nPassword = sesame\n";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  try {
    load(file);
    ADD_FAILURE() << "it was taken";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("chmod 600"));
  }
}

TEST(ShareSettings, OfARunningExternalChangeByAReload) {
  const auto running =
      settings("[Share OFFICE]\nListen = 7000\nInstance = Modem1, Modem2\n[Share OLD]\nListen = 7001\n");
  auto wanted = settings(
      "[Share OFFICE]\nListen = 7005\nInstance = Modem1\nIdleLimit = 1m\n[Share LAB]\nListen = 7009\n");
  std::vector<std::string> lines;
  for (const auto& change : compare(running, wanted)) lines.push_back(to_string(change));
  EXPECT_THAT(lines,
              ElementsAre("Share LAB: new; holds from now on.",
                          "Share OFFICE: IdleLimit added; holds from the next lease on.",
                          "Share OFFICE: Instance changed; holds from now on.",
                          "Share OFFICE: Listen changed; holds from now on.",
                          "Share OLD: removed; its doors are closed, its leases end, and nobody waits any "
                          "more."));
  const auto result = applicable(running, wanted);
  ASSERT_EQ(result.shares.size(), 2U);
  EXPECT_EQ(result.shares[0].listen.at(0).port, "7005");
  EXPECT_THAT(result.shares[0].instances, ElementsAre("Modem1"));
  EXPECT_THAT(compare(result, wanted), IsEmpty());
}

TEST(ShareSettings, OfARunningExternalFollowOneInstanceThatComesOrGoes) {
  const std::string pools =
      "[Share ALL]\nListen = 7000\n[Share TWO]\nListen = 7001\nInstance = Modem2, Modem1\n";
  const std::string more = "[External-Modem3]\nAsyncCommPort = /dev/ttyS3\n";
  const auto grown = with_instance(settings(pools), settings(more + pools), "Modem3");
  EXPECT_THAT(grown.shares[0].instances, ElementsAre("Modem1", "Modem2", "Modem3"));
  EXPECT_THAT(grown.shares[1].instances, ElementsAre("Modem2", "Modem1"));
  auto fewer = settings(pools);
  std::erase_if(fewer.instances, [](const Instance& one) { return one.name == "Modem2"; });
  fewer.shares[0].instances = {"Modem1"};
  const auto left = with_instance(settings(pools), fewer, "Modem2");
  EXPECT_THAT(left.shares[0].instances, ElementsAre("Modem1"));
  EXPECT_THAT(left.shares[1].instances, ElementsAre("Modem1"));
}

TEST(ShareSettings, OfAPasswordFileAreComparedByWhatIsInIt) {
  test::TempFolder folder;
  const auto file = folder.path() / "secret";
  const auto write = [&](const std::string& password) {
    std::ofstream(file) << password << "\n";
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    return settings("[Share OFFICE]\nListen = 7000\nPasswordFile = " + file.string() + "\n");
  };
  const auto running = write("one");
  EXPECT_THAT(compare(running, write("one")), IsEmpty());
  const auto changes = compare(running, write("two"));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(to_string(changes[0]), "Share OFFICE: PasswordFile changed; holds from now on.");
}

}  // namespace
}  // namespace external::config::share_test
