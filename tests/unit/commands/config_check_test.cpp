#include "support.h"

#include <boost/json.hpp>

namespace external::test::config_check_test {
namespace {

using namespace ::testing;

/// How many of `lines` say `part`.
int times(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

constexpr std::string_view all_wrong = R"([External-Modem1]
AsyncComPort = /dev/ttyS0
AsyncCommPort = /dev/ttyS0
CommScript = BROKEN
AsyncSpeed = fast
[External-Modem2]
AsyncCommPort = /no/such/port
CommScript = MISSING
[PostOffice SOUTH/HUB]
Password = secret
Regular = often
[PostOffice EAST/FIELD]
Route = Indirect SOUTH/HUP
[Group SALES]
Members = ann a, bert
[Group CIRCLE]
Members = /
[Mailbox EAST/FIELD/BEN]
Deliver = |/no/such/program
[Gruop X]
)";

struct ConfigCheck : Test {
  /// Lines of the file begin with [External], HomePO, Domain.
  static std::string at(const PostOffice& office, int line) {
    return office.config() + ":" + std::to_string(line) + ": ";
  }
};

TEST_F(ConfigCheck, SaysThatAFileIsFine) {
  PostOffice office(south);
  const auto checked = office.use({"config", "check"});
  EXPECT_EQ(checked.exit, Exit::ok);
  EXPECT_EQ(checked.out, office.config() + " is fine.\n");
  EXPECT_EQ(checked.err, "");
}

TEST_F(ConfigCheck, TellsEveryProblemAtOnce) {
  PostOffice office(south);
  write_file(office.config(), "[External]\nHomePO = NORTH/CLINIC\nCatchAll = a b\n" + std::string(all_wrong));
  write_file(office.folder() / "BROKEN.MDM", "INITIALIZE:\n  sned \"AT\"\n");
  const auto checked = office.use({"config", "check"});
  EXPECT_EQ(checked.exit, Exit::config);
  const auto& text = checked.err;
  EXPECT_THAT(text, HasSubstr(at(office, 3) + "error: CatchAll = a b: "));
  EXPECT_THAT(
      text, HasSubstr(at(office, 5) + "error: unknown setting 'AsyncComPort'; did you mean AsyncCommPort?"));
  EXPECT_THAT(text, HasSubstr(at(office, 8) + "error: AsyncSpeed = fast: "));
  EXPECT_THAT(text, HasSubstr(at(office, 10) + "warning: [External-Modem2]: there is no port /no/such/port"));
  EXPECT_THAT(text, HasSubstr(at(office, 11) +
                              "error: [External-Modem2]: CommScript: there is no modem script MISSING.MDM"));
  EXPECT_THAT(text, HasSubstr(at(office, 14) + "error: Regular = often: "));
  EXPECT_THAT(text, HasSubstr(at(office, 16) +
                              "error: [PostOffice EAST/FIELD]: its hub SOUTH/HUP is unknown; did you mean "
                              "SOUTH/HUB?"));
  EXPECT_THAT(text, HasSubstr(at(office, 17) + "error: [Group SALES]: member ann a: "));
  EXPECT_THAT(text, HasSubstr(at(office, 19) + "error: [Group CIRCLE]: member /: "));
  EXPECT_THAT(text, HasSubstr(at(office, 21) + "error: [Mailbox EAST/FIELD/BEN]: "));
  EXPECT_THAT(text, HasSubstr(at(office, 22) + "warning: [Mailbox EAST/FIELD/BEN]: Deliver: the program "
                                               "/no/such/program cannot be run: No such file"));
  EXPECT_THAT(text, HasSubstr(at(office, 23) + "error: [Gruop X]: unknown section"));
  EXPECT_THAT(text, ContainsRegex("BROKEN.MDM:2:3: error: .*did you mean"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_EQ(times(text, "error: "), 11);
}

TEST_F(ConfigCheck, WarningsAloneAreNoFailure) {
  PostOffice office("[External-Modem1]\nAsyncCommPort = /no/such/port\nLockFolder = .\n");
  const auto checked = office.use({"config", "check"});
  EXPECT_EQ(checked.exit, Exit::ok);
  EXPECT_EQ(checked.out, office.config() + ": 0 errors, 1 warning.\n");
  EXPECT_THAT(checked.err, HasSubstr("warning: [External-Modem1]: there is no port /no/such/port now"));
}

TEST_F(ConfigCheck, SeesWhatOthersMayRead) {
  PostOffice office(south);
  std::filesystem::permissions(office.config(), std::filesystem::perms(0644));
  EXPECT_THAT(office.use({"config", "check"}).err, HasSubstr("other users can read it; run: chmod 600"));
  std::filesystem::permissions(office.config(), std::filesystem::perms(0600));
  write_file(office.folder() / "passwords", "");
  std::filesystem::permissions(office.folder() / "passwords", std::filesystem::perms(0644));
  const auto checked = office.use({"config", "check"});
  EXPECT_EQ(checked.exit, Exit::config);
  EXPECT_THAT(checked.err, HasSubstr("other users can read the passwords of mailboxes"));
}

TEST_F(ConfigCheck, LooksIntoTheCertificateOfAPool) {
  PostOffice office(
      "[External-Modem1]\nAsyncCommPort = /no/such/port\n[Share OFFICE]\nListen = 7000\n"
      "Certificate = office.crt\nKey = office.key\n");
  const auto checked = office.use({"config", "check"});
  EXPECT_EQ(checked.exit, Exit::config);
  EXPECT_THAT(checked.err, HasSubstr(at(office, 8) + "error: [Share OFFICE]: cannot use the certificate " +
                                     (office.folder() / "office.crt").string() + ": No such file"));
  write_file(office.folder() / "office.crt", "no certificate");
  EXPECT_THAT(office.use({"config", "check"}).err, HasSubstr("it must be a PEM file"));
}

TEST_F(ConfigCheck, TellsWhatIsWrongWithAPool) {
  PostOffice office;
  write_file(office.config(),
             "[External]\nHomePO = NORTH/CLINIC\n\n[Share OFFICE]\nListen = 7000\nAllow = 192.0.2.0/40\n"
             "[Share LAB]\nListenRaw = 127.0.0.1:7000\n");
  const auto text = office.use({"config", "check"}).err;
  EXPECT_THAT(text, HasSubstr(at(office, 4) + "error: [Share OFFICE]: there is no modem to lend"));
  EXPECT_THAT(text, HasSubstr(at(office, 6) + "error: [Share OFFICE]: Allow: "));
  EXPECT_THAT(text, HasSubstr(at(office, 8) + "error: [Share LAB]: ListenRaw: 127.0.0.1:7000 is Listen of "));
}

TEST_F(ConfigCheck, SpeaksJson) {
  PostOffice office;
  write_file(office.config(),
             "[External]\nHomePO = NORTH/CLINIC\nDomain = clinic.example\n[External-Modem1]\n"
             "AsyncCommPort = /no/such/port\nLockFolder = .\nAsyncSpeed = x\n");
  const auto checked = office.use({"config", "check", "--json"});
  EXPECT_EQ(checked.exit, Exit::config);
  const auto answer = boost::json::parse(checked.out);
  EXPECT_FALSE(answer.at("ok").as_bool());
  const auto& problems = answer.at("problems").as_array();
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].at("line").as_int64(), 5);
  EXPECT_EQ(problems[0].at("severity").as_string(), "warning");
  EXPECT_EQ(problems[1].at("severity").as_string(), "error");
  EXPECT_TRUE(problems[1].at("column").is_null());
}

TEST(ConfigShow, TellsWhereValuesComeFromAndKeepsSecrets) {
  PostOffice office(
      "RetryInterval = 2m\nDeliver = smtp+tls://me:sesame@mail.example:587\n[External-Modem1]\n"
      "AsyncCommPort = /dev/a\n[PostOffice SOUTH/HUB]\nPhone = 5550002\nPassword = sesame\n[Share "
      "OFFICE]\nListen = 7000\nPassword = sesame\n");
  const auto shown = office.use({"config", "show", "--AsyncSpeed=9600"});
  EXPECT_EQ(shown.exit, Exit::ok);
  EXPECT_THAT(shown.out, HasSubstr("[External-Modem1]\nAsyncCommPort = /dev/a  ; external.ini:7\n"
                                   "AsyncSpeed = 9600  ; command line\n"
                                   "RetryInterval = 2m  ; external.ini:4\n"));
  EXPECT_THAT(shown.out, HasSubstr("Deliver = SMTP with TLS at mail.example:587 as me  ; external.ini:5\n"));
  EXPECT_THAT(shown.out, HasSubstr("Password = ********  ; external.ini:10\n"));
  EXPECT_THAT(shown.out, HasSubstr("[Share OFFICE]\nListen = 7000  ; external.ini:12\n"
                                   "Password = ********  ; external.ini:13\n"));
  EXPECT_THAT(shown.out, Not(HasSubstr("sesame")));
  EXPECT_THAT(shown.out, Not(HasSubstr("5550002")));
  EXPECT_THAT(office.use({"config", "show", "--json"}).out, Not(HasSubstr("sesame")));
}

TEST(Reload, NeedsAnExternalThatRuns) {
  PostOffice office(south);
  EXPECT_EQ(office.use({"reload"}).exit, Exit::unavailable);
}

}  // namespace
}  // namespace external::test::config_check_test
