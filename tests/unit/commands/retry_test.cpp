// What is stuck, and dialling again.

#include "support.h"

#include <external/control/status.h>

#include <boost/json.hpp>

#include <problems.h>

namespace external::commands::retry_test {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using mailqueue::CallRecord;
using test::PostOffice;

struct RetryCommand : Test {
  PostOffice office{test::south};
  WallTime now = WallTime::clock::now();
  std::string id;

  void SetUp() override {
    office.use({"send", "--from", "anna", "--to", "SOUTH/BRANCH/CARL"}, "Subject: x\n\n");
    id = std::to_string(office.queued().at(0).id);
  }

  mailqueue::Queue queue() { return mailqueue::Queue(office.folder() / "queue.db"); }

  void make_undialable(const std::string& cause = "no answer") {
    queue().keep_call({"SOUTH/HUB", 10, 10, cause, "NO ANSWER.", now, now + 1h, true});
    queue().fail_due({"SOUTH/BRANCH"}, "NO ANSWER.", now + 1h, true, now + 1s);
  }

  bool is_due() { return !queue().pick({"SOUTH/BRANCH"}, WallTime::clock::now(), 1).empty(); }

  /// Kinds of problems, and their subjects.
  std::vector<std::string> problems(const std::optional<control::Status>& running = {}) {
    std::vector<std::string> all;
    const auto settings = config::load(office.config());
    for (const auto& problem : find_problems(settings, queue(), running, now)) {
      all.push_back(problem.kind + " " + problem.subject);
      EXPECT_NE(problem.why, "");
      EXPECT_NE(problem.cure, "");
    }
    return all;
  }
};

TEST_F(RetryCommand, DialsAnUndialablePostOfficeAgainAndItsMailIsDue) {
  make_undialable();
  EXPECT_FALSE(is_due());
  const auto used = office.use({"retry", "south/branch"});
  EXPECT_EQ(
      used.out,
      "SOUTH/HUB: mail for 1 recipient is due now; 10 failed calls are forgotten, the last by no answer.\n");
  EXPECT_EQ(used.exit, Exit::ok);
  EXPECT_TRUE(is_due());
  EXPECT_THAT(queue().call_records(), IsEmpty());
  EXPECT_EQ(office.use({"retry", "SOUTH/HUB"}).out, "SOUTH/HUB: nothing waited for a later attempt.\n");
}

TEST_F(RetryCommand, RefusesWhatItDoesNotKnow) {
  const auto unknown = office.use({"retry", "SOUTH/HUP"});
  EXPECT_EQ(unknown.exit, Exit::no_host);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean SOUTH/HUB?"));
  EXPECT_EQ(office.use({"retry"}).exit, Exit::usage);
}

TEST_F(RetryCommand, QueueRetryDialsThePostOfficesOfItsMessages) {
  make_undialable();
  EXPECT_EQ(office.use({"queue", "retry", id}).exit, Exit::ok);
  EXPECT_THAT(queue().call_records(), IsEmpty());
  EXPECT_TRUE(is_due());
}

TEST_F(RetryCommand, StatusShowsWhoseCallsFailed) {
  make_undialable();
  EXPECT_THAT(office.use({"status"}).out,
              AllOf(HasSubstr("CALLS TO"), HasSubstr("undialable  no answer"), HasSubstr("NO ANSWER.")));
  const auto status = boost::json::parse(office.use({"status", "--json"}).out);
  const auto& calls = status.at("calls").at(0);
  EXPECT_EQ(calls.at("post_office"), "SOUTH/HUB");
  EXPECT_EQ(calls.at("state"), "undialable");
  EXPECT_EQ(calls.at("failures").to_number<int>(), 10);
  EXPECT_TRUE(calls.at("until").is_string());
}

TEST_F(RetryCommand, ProblemsTellWhatIsStuckWithItsCureAndTheExitCode) {
  make_undialable("refused");
  const auto used = office.use({"status", "--problems"});
  EXPECT_EQ(used.exit, Exit::problems);
  EXPECT_THAT(used.out, AllOf(HasSubstr("undialable   SOUTH/HUB: 1 message, 12 bytes, oldest "),
                              HasSubstr("10 calls in a row have failed, the last by refused: NO ANSWER."),
                              HasSubstr("Password must be the same at both ends"),
                              HasSubstr("external retry SOUTH/HUB"), HasSubstr("not-running  NORTH/CLINIC")));
  const auto used_json = office.use({"status", "--problems", "--json"});
  EXPECT_EQ(used_json.exit, Exit::problems);
  const auto object = boost::json::parse(used_json.out);
  EXPECT_FALSE(object.at("running").as_bool());
  const auto& first = object.at("problems").at(0);
  EXPECT_EQ(first.at("kind"), "undialable");
  EXPECT_EQ(first.at("messages").to_number<int>(), 1);
  EXPECT_TRUE(first.at("until").is_string());
  EXPECT_THAT(office.use({"status", "--help"}).out, HasSubstr("0 if nothing is stuck and with 1"));
}

TEST_F(RetryCommand, NothingIsStuckWhenMailOnlyWaitsForItsNextAttempt) {
  EXPECT_THAT(problems(control::Status()), IsEmpty());
  queue().keep_call({"SOUTH/HUB", 1, 1, "busy", "BUSY.", now, now + 1min, false});
  EXPECT_THAT(problems(control::Status()), IsEmpty());
  office.use({"queue", "delete", id});
  const auto used = office.use({"status", "--problems"});
  EXPECT_EQ(used.exit, Exit::ok);
  EXPECT_EQ(used.out, "Nothing is stuck.\n");
}

TEST_F(RetryCommand, UndialableWithoutMailIsAProblemUntilItIsOver) {
  office.use({"queue", "delete", id});
  make_undialable();
  EXPECT_THAT(problems(control::Status()), ElementsAre("undialable SOUTH/HUB"));
  now += 1h;
  EXPECT_THAT(problems(control::Status()), IsEmpty());
}

TEST_F(RetryCommand, HeldMailAndLinesThatWaitAreProblems) {
  office.use({"queue", "hold", id});
  control::Status running;
  control::LineStatus line;
  line.instance = "Modem1";
  line.state = "ABSENT";
  line.detail = "Port /dev/a is absent.";
  running.lines.push_back(line);
  line.state = "LISTENING";
  running.lines.push_back(line);
  EXPECT_THAT(problems(running), ElementsAre("held SOUTH/BRANCH", "line Modem1"));
}

TEST(Problems, MailWithoutARouteOrALineIsOne) {
  PostOffice office(
      "[External-Lan]\nCommType = Tcp\nListen = :1\nCommInOnly\n[PostOffice EAST/HUB]\nInstance = Lan\n"
      "Address = h:1\nPassword = x\n[PostOffice WEST/HUB]\nPassword = x\n");
  const auto now = WallTime::clock::now();
  const auto settings = config::load(office.config());
  mailqueue::Queue queue(office.folder() / "queue.db");
  for (const std::string whom : {"EAST/HUB", "WEST/HUB", "LOST/HUB"}) {
    mailqueue::Envelope envelope;
    envelope.key = whom;
    envelope.recipients = {{whom + "/X", whom}};
    envelope.accepted = now;
    queue.accept(envelope, "text", now);
  }
  const auto kinds = [&](WallTime when) {
    std::vector<std::string> all;
    for (const auto& problem : find_problems(settings, queue, control::Status(), when))
      all.push_back(problem.kind + " " + problem.subject);
    return all;
  };
  EXPECT_THAT(kinds(now), ElementsAre("no-route LOST/HUB", "no-line EAST/HUB"));
  EXPECT_THAT(kinds(now + 4h), ElementsAre("no-route LOST/HUB", "no-line EAST/HUB", "no-call WEST/HUB"));
}

}  // namespace
}  // namespace external::commands::retry_test
