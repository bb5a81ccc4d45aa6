#include "support.h"

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>

namespace external::commands::queue_test {
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

  static std::vector<boost::json::object> objects(const std::string& lines) {
    std::vector<boost::json::object> all;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) all.push_back(boost::json::parse(line).as_object());
    return all;
  }

  State state() { return office.queued().at(0).recipients.at(0).state; }
};

TEST_F(QueueCommand, ListsDestinationsAndMessages) {
  const auto list = office.use({"queue"}).out;
  EXPECT_THAT(list, HasSubstr("SOUTH/HUB"));
  EXPECT_THAT(list, HasSubstr("2 messages wait, 24 bytes"));
  EXPECT_THAT(office.use({"queue", "list", "--all"}).out, HasSubstr("SOUTH/HUB/CARL and 1 more"));
  EXPECT_THAT(office.use({"queue", "show", id}).out,
              AllOf(HasSubstr("SOUTH/HUB/CARL"), HasSubstr("accepted from")));
}

TEST_F(QueueCommand, PrintsJsonOneObjectALine) {
  const auto destinations = objects(office.use({"queue", "--json"}).out);
  ASSERT_THAT(destinations, SizeIs(2));
  EXPECT_EQ(destinations[1].at("destination").as_string(), "SOUTH/HUB");
  EXPECT_EQ(destinations[1].at("count").to_number<int>(), 1);
  const auto messages = objects(office.use({"queue", "list", "--all", "--json"}).out);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].at("recipients").as_array().size(), 2U);
  const auto shown = objects(office.use({"queue", "show", id, "--json"}).out);
  ASSERT_THAT(shown, SizeIs(1));
  EXPECT_EQ(shown[0].at("sender").as_string(), "NORTH/CLINIC/ANNA");
  EXPECT_THAT(shown[0].at("history").as_array(), Not(IsEmpty()));
  const auto changed = objects(office.use({"queue", "hold", "--all", "--json"}).out);
  ASSERT_THAT(changed, SizeIs(1));
  EXPECT_EQ(changed[0].at("recipients").to_number<int>(), 2);
}

TEST_F(QueueCommand, IsNotEmptyWhileAMessageIsOnItsWay) {
  mailqueue::Queue queue(office.folder() / "queue.db");
  auto work = queue.pick({"SOUTH/HUB", "NORTH/CLINIC"}, WallTime::clock::now(), 1).at(0);
  ASSERT_TRUE(queue.start_transfer(work));
  EXPECT_EQ(office.use({"queue"}).out, "Nothing waits; what is here is on its way.\n");
  queue.remove(work.message, WallTime::clock::now());
  EXPECT_EQ(office.use({"queue"}).out, "The queue is empty.\n");
}

TEST_F(QueueCommand, HoldsAndReleases) {
  EXPECT_EQ(office.use({"queue", "hold", id}).out, "1 message held.\n");
  EXPECT_EQ(state(), State::held);
  EXPECT_THAT(office.use({"queue"}).out, HasSubstr("2 held"));
  EXPECT_THAT(office.use({"queue", "list", "--state", "held"}).out, HasSubstr("SOUTH/HUB/CARL"));
  EXPECT_EQ(office.use({"queue", "retry", id}).exit, Exit::nothing);
  EXPECT_EQ(office.use({"queue", "release", "--all"}).exit, Exit::ok);
  EXPECT_EQ(state(), State::queued);
  EXPECT_THAT(office.use({"queue", "release", id}).err, HasSubstr("is not held"));
}

TEST_F(QueueCommand, HoldsAPostOfficeWithAllThatComesLater) {
  const auto held = office.use({"queue", "hold", "south/hub"});
  EXPECT_EQ(held.exit, Exit::ok);
  EXPECT_THAT(held.out, StartsWith("SOUTH/HUB is held"));
  EXPECT_THAT(office.use({"queue", "hold", "SOUTH/HUB"}).err, HasSubstr("is held already"));
  office.use({"send", "--from", "anna", "--to", "SOUTH/HUB/CARL"}, "Subject: y\n\n");
  mailqueue::Queue queue(office.folder() / "queue.db");
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, WallTime::clock::now(), 10), IsEmpty());
  EXPECT_THAT(office.use({"queue"}).out, ContainsRegex("SOUTH/HUB +2 .* held "));
  EXPECT_THAT(office.use({"queue", "show", id}).out, HasSubstr("queued, its post office is held"));
  EXPECT_TRUE(objects(office.use({"queue", "--json"}).out).at(1).at("held").as_bool());
  EXPECT_EQ(office.use({"queue", "release", "SOUTH/HUB"}).exit, Exit::ok);
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, WallTime::clock::now(), 10), SizeIs(2));
  EXPECT_EQ(office.use({"queue", "release", "SOUTH/HUB"}).exit, Exit::nothing);
}

TEST_F(QueueCommand, HoldsALine) {
  EXPECT_THAT(office.use({"queue", "hold", "lan"}).out, StartsWith("Lan is held: it dials for no mail"));
  EXPECT_THAT(office.use({"queue"}).out, HasSubstr("release it with: external queue release Lan"));
  EXPECT_EQ(office.use({"queue", "release", "Lan"}).out, "Lan is released.\n");
}

TEST_F(QueueCommand, ChoosesByRecipientSenderAgeAndState) {
  const auto matches = [&](std::vector<std::string> filter) {
    filter.insert(filter.begin(), {"queue", "list"});
    return office.use(filter).exit == Exit::ok;
  };
  EXPECT_TRUE(matches({"--to", "SOUTH/HUB"}));
  EXPECT_TRUE(matches({"--to", "carl@hub.south"}));
  EXPECT_TRUE(matches({"--to", "*/carl", "--from", "anna", "--state", "queued"}));
  EXPECT_FALSE(matches({"--to", "SOUTH/BRANCH"}));
  EXPECT_TRUE(matches({"--from", "NORTH/CLINIC"}));
  EXPECT_FALSE(matches({"--from", "bert"}));
  EXPECT_FALSE(matches({"--from", "<>"}));
  EXPECT_FALSE(matches({"--older", "1h"}));
  EXPECT_FALSE(matches({"--state", "transfer"}));
  EXPECT_FALSE(matches({"--state", "quarantined"}));
}

TEST_F(QueueCommand, ChangesOnlyTheRecipientsThatWereChosen) {
  EXPECT_EQ(office.use({"queue", "delete", "--to", "SOUTH/HUB"}).out, "1 message deleted.\n");
  const auto recipients = office.queued().at(0).recipients;
  EXPECT_EQ(recipients.at(0).state, State::deleted);
  EXPECT_EQ(recipients.at(1).state, State::queued);
  const auto again = office.use({"queue", "delete", "--to", "SOUTH/HUB"});
  EXPECT_EQ(again.exit, Exit::nothing);
  EXPECT_THAT(again.err, HasSubstr("no message that was chosen can be deleted"));
}

TEST_F(QueueCommand, ChangesNothingWithoutBeingToldWhat) {
  for (const std::string verb : {"hold", "release", "retry", "return", "delete"}) {
    const auto used = office.use({"queue", verb});
    EXPECT_EQ(used.exit, Exit::usage);
    EXPECT_THAT(used.err, HasSubstr("write --all"));
  }
  EXPECT_EQ(state(), State::queued);
}

TEST_F(QueueCommand, DoesWhatItCanAndNamesTheRest) {
  const auto used = office.use({"queue", "hold", "99", id});
  EXPECT_EQ(used.exit, Exit::nothing);
  EXPECT_THAT(used.err, HasSubstr("no message 99"));
  EXPECT_EQ(state(), State::held);
}

TEST_F(QueueCommand, ChangesALongQueueInParts) {
  mailqueue::Queue queue(office.folder() / "queue.db");
  queue.batch([&] {
    for (int i = 0; i < 450; ++i) {
      mailqueue::Envelope envelope;
      envelope.key = "many" + std::to_string(i);
      envelope.recipients = {{"SOUTH/HUB/CARL", "SOUTH/HUB"}};
      queue.accept(envelope, "x", WallTime::clock::now());
    }
  });
  EXPECT_EQ(office.use({"queue", "hold", "--from", "<>"}).out, "450 messages held.\n");
  EXPECT_EQ(objects(office.use({"queue", "list", "--state", "held", "--json"}).out).size(), 450u);
  EXPECT_EQ(objects(office.use({"queue", "list", "--state", "held", "--json", "--limit", "3"}).out).size(),
            3u);
  const auto list = office.use({"queue", "list", "--all"}).out;
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 452);
}

// Each notice goes to a sender here and would itself be chosen by --all.
TEST_F(QueueCommand, ReturnsEverythingButTheNoticesOfThat) {
  EXPECT_EQ(office.use({"queue", "return", "--all"}).out, "1 message returned.\n");
  ASSERT_THAT(office.queued(), SizeIs(1));
  EXPECT_EQ(office.queued().at(0).envelope.sender, "");
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

TEST_F(QueueCommand, ShowsReturnsAndDeletesWhatIsQuarantined) {
  mailqueue::Queue queue(office.folder() / "queue.db");
  queue.quarantine(office.queued().at(0).id, "message 1 cannot be read: its content has changed",
                   WallTime::clock::now());
  EXPECT_THAT(office.use({"queue"}).out, HasSubstr("2 quarantined: external queue list --state quarantined"));
  EXPECT_THAT(office.use({"queue", "list", "--state", "quarantined"}).out, HasSubstr("SOUTH/HUB/CARL"));
  EXPECT_EQ(office.use({"queue", "retry", id}).exit, Exit::ok);
  EXPECT_EQ(state(), State::queued);
  queue.quarantine(office.queued().at(0).id, "damaged", WallTime::clock::now());
  EXPECT_EQ(office.use({"queue", "return", "--state", "quarantined"}).exit, Exit::ok);
  const auto notice = office.queued().at(0);
  EXPECT_THAT(test::recipients(notice), ElementsAre("NORTH/CLINIC/ANNA"));
  EXPECT_THAT(office.content(notice.id), HasSubstr("[012] This corrupt message cannot be delivered."));
}

TEST_F(QueueCommand, IsShownByStatusWhenNoExternalRuns) {
  EXPECT_THAT(office.use({"status"}).out,
              AllOf(HasSubstr("No External is running for NORTH/CLINIC"), HasSubstr("SOUTH/HUB")));
  const auto status = boost::json::parse(office.use({"status", "--json"}).out);
  EXPECT_FALSE(status.at("running").as_bool());
  EXPECT_EQ(status.at("queue").at(1).at("count").to_number<int>(), 1);
}

}  // namespace
}  // namespace external::commands::queue_test
