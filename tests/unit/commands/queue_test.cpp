#include "support.h"

#include <boost/json.hpp>

namespace external::commands {
namespace {

using namespace testing;
using mailqueue::State;
using test::PostOffice;

struct QueueCommand : Test {
  PostOffice office{test::south};
  std::string id;

  void SetUp() override {
    office.use({"send", "--from", "anna", "--to", "SOUTH/HUB/CARL", "--to", "bert"}, "Subject: x\n\n");
    id = std::to_string(office.queued().at(0).id);
  }

  State state() { return office.queued().at(0).recipients.at(0).state; }
};

TEST_F(QueueCommand, ListsDestinationsAndMessages) {
  const auto list = office.use({"queue"}).out;
  EXPECT_THAT(list, HasSubstr("SOUTH/HUB"));
  EXPECT_THAT(list, HasSubstr("1 messages, 12 bytes"));
  EXPECT_THAT(office.use({"queue", "list", "--all"}).out, HasSubstr("SOUTH/HUB/CARL and 1 more"));
  EXPECT_THAT(office.use({"queue", "show", id}).out,
              AllOf(HasSubstr("SOUTH/HUB/CARL"), HasSubstr("accepted from")));
}

TEST_F(QueueCommand, PrintsJson) {
  const auto list = boost::json::parse(office.use({"queue", "--all", "--json"}).out);
  EXPECT_EQ(list.at("destinations").at(1).at("destination").as_string(), "SOUTH/HUB");
  EXPECT_EQ(list.at("messages").at(0).at("recipients").as_array().size(), 2U);
  EXPECT_EQ(list.at("totals").at("messages").to_number<int>(), 1);
  const auto shown = boost::json::parse(office.use({"queue", "show", id, "--json"}).out);
  EXPECT_EQ(shown.at("sender").as_string(), "NORTH/CLINIC/ANNA");
  EXPECT_THAT(shown.at("history").as_array(), Not(IsEmpty()));
}

TEST_F(QueueCommand, HoldsAndReleases) {
  EXPECT_EQ(office.use({"queue", "hold", id}).exit, Exit::ok);
  EXPECT_EQ(state(), State::held);
  EXPECT_THAT(office.use({"queue"}).out, HasSubstr("2 recipients held"));
  EXPECT_EQ(office.use({"queue", "retry", id}).exit, Exit::try_later);
  EXPECT_EQ(office.use({"queue", "release", "all"}).exit, Exit::ok);
  EXPECT_EQ(state(), State::queued);
  EXPECT_THAT(office.use({"queue", "release", id}).err, HasSubstr("is not held"));
}

TEST_F(QueueCommand, MakesAMessageDueAtOnce) {
  mailqueue::Queue queue(office.folder() / "queue.db");
  const auto now = WallTime::clock::now();
  queue.fail_due({"SOUTH/HUB"}, "busy", now + std::chrono::hours(1), true, now);
  EXPECT_THAT(office.use({"queue"}).out, HasSubstr("busy"));
  EXPECT_EQ(office.use({"queue", "retry", id}).exit, Exit::ok);
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, WallTime::clock::now(), 1), SizeIs(1));
}

TEST_F(QueueCommand, DeletesWithoutANotice) {
  EXPECT_EQ(office.use({"queue", "delete", id}).exit, Exit::ok);
  EXPECT_THAT(office.queued(), IsEmpty());
  EXPECT_THAT(office.use({"queue", "show", id}).out,
              AllOf(HasSubstr("no longer here"), HasSubstr("deleted")));
}

TEST_F(QueueCommand, ReturnsToTheSenderWithANotice) {
  EXPECT_EQ(office.use({"queue", "return", id}).exit, Exit::ok);
  const auto queued = office.queued();
  ASSERT_THAT(queued, SizeIs(1));
  EXPECT_EQ(queued[0].envelope.sender, "");
  EXPECT_THAT(test::recipients(queued[0]), ElementsAre("NORTH/CLINIC/ANNA"));
  EXPECT_THAT(office.content(queued[0].id), HasSubstr("returned by the administrator of NORTH/CLINIC"));
}

TEST_F(QueueCommand, DeletesButDoesNotReturnWhatIsOnTheWay) {
  mailqueue::Queue queue(office.folder() / "queue.db");
  auto work = queue.pick({"SOUTH/HUB", "NORTH/CLINIC"}, WallTime::clock::now(), 1).at(0);
  ASSERT_TRUE(queue.start_transfer(work));
  const auto used = office.use({"queue", "return", id});
  EXPECT_EQ(used.exit, Exit::try_later);
  EXPECT_THAT(used.err, HasSubstr("on the way"));
  EXPECT_EQ(office.use({"queue", "delete", id}).exit, Exit::ok);
  EXPECT_FALSE(queue.show(work.message));
}

TEST_F(QueueCommand, IsShownByStatusWhenNoExternalRuns) {
  EXPECT_THAT(office.use({"status"}).out,
              AllOf(HasSubstr("No External is running for NORTH/CLINIC"), HasSubstr("SOUTH/HUB")));
  const auto status = boost::json::parse(office.use({"status", "--json"}).out);
  EXPECT_FALSE(status.at("running").as_bool());
  EXPECT_EQ(status.at("queue").at(1).at("count").to_number<int>(), 1);
}

}  // namespace
}  // namespace external::commands
