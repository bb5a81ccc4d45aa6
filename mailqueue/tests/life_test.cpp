// A message from acceptance to its end.

#include "support.h"

namespace mailqueue::test::life_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Life = QueueTest;

TEST_F(Life, KeepsWhatWasAccepted) {
  Envelope envelope = mail("k1", {{"a", "SOUTH/HUB"}, {"b", "SOUTH/HUB"}});
  envelope.priority = Priority::low;
  envelope.useful_life = std::chrono::hours(48);
  envelope.hops = {"NORTH/CLINIC", "EAST/RELAY"};
  envelope.recipients[0].notify = {.success = true, .failure = true, .delay = false};
  envelope.recipients[0].original = "rfc822;a@elsewhere";
  envelope.recipients[1].notify = never;
  envelope.envelope_id = "QQ314159";
  envelope.headers_only = true;
  const std::string content = pattern(1000) + std::string("\0\r\n.\n", 5);
  ASSERT_EQ(queue.accept(envelope, content, noon).recipients, 2u);

  const Queue again(folder.queue());
  const std::vector<Work> work = again.pick({"SOUTH/HUB"}, noon, 10);
  ASSERT_EQ(work.size(), 1u);
  EXPECT_EQ(work[0].envelope, envelope);
  EXPECT_EQ(work[0].size, content.size());
  EXPECT_EQ(all_of(again, work[0].message), content);
}

TEST_F(Life, GoesWhenTheNextPostOfficeHasIt) {
  const MessageId id = *queue.accept(mail("k1"), "text", noon).message;
  Work work = pick_one();
  ASSERT_TRUE(queue.start_transfer(work));
  EXPECT_EQ(queue.show(id)->recipients[0].state, State::in_transfer);
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, noon, 10), IsEmpty());

  queue.acknowledge(work.ids(), "SOUTH/HUB", noon + second);
  EXPECT_FALSE(queue.show(id));
  EXPECT_EQ(queue.totals().messages, 0u);
  EXPECT_EQ(queue.totals().bytes, 0u);
  EXPECT_EQ(error_of([&] { queue.read(id, 0, 1); }), ErrorKind::gone);
  const std::vector<Event> history = queue.history(id);
  ASSERT_EQ(history.size(), 2u);
  EXPECT_THAT(history[0].text, HasSubstr("key k1"));
  EXPECT_EQ(history[1].text, "acknowledged by SOUTH/HUB: SOUTH/HUB/BOB");
  EXPECT_EQ(history[1].time, noon + second);
}

TEST_F(Life, StaysUntilItsLastRecipientIsDone) {
  const MessageId id = *queue.accept(mail("k1", {{"a", "HERE"}, {"b", "SOUTH/HUB"}}), "text", noon).message;
  queue.delivered(pick_one("HERE").ids(), noon);
  EXPECT_EQ(queue.show(id)->recipients[0].state, State::delivered);
  EXPECT_EQ(all_of(queue, id), "text");
  queue.acknowledge(pick_one().ids(), "SOUTH/HUB", noon);
  EXPECT_FALSE(queue.show(id));
}

TEST_F(Life, FailedRecipientsWaitForTheirNextAttempt) {
  queue.accept(mail("k1", {{"a", "SOUTH/HUB"}, {"b", "SOUTH/HUB"}}), "text", noon);
  Work work = pick_one();
  queue.start_transfer(work);
  const Time later = noon + 600 * second;
  const std::vector<RecipientId> first{work.ids()[0]};
  EXPECT_EQ(queue.fail(first, "BUSY", later, true, noon)[0].attempts, 1);

  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, later - second, 10), IsEmpty());
  const Work due = pick_one("SOUTH/HUB", later);
  EXPECT_THAT(due.envelope.recipients, ElementsAre(Recipient{"a", "SOUTH/HUB"}));
  EXPECT_EQ(due.targets[0].attempts, 1);
  const RecipientStatus status = queue.show(work.message)->recipients[0];
  EXPECT_EQ(status.error, "BUSY");
  EXPECT_EQ(status.next_attempt, later);
}

TEST_F(Life, AFailureNeedNotCountAsATry) {
  queue.accept(mail("k1"), "text", noon);
  EXPECT_EQ(queue.fail(pick_one().ids(), "line in use", noon, false, noon)[0].attempts, 0);
}

TEST_F(Life, ACallThatFailsConcernsAllThatIsDue) {
  queue.accept(mail("k1"), "1", noon);
  queue.accept(mail("k2"), "2", noon);
  queue.accept(mail("k3", {{"x", "OTHER"}}), "3", noon);
  queue.accept(mail("k4"), "4", noon + 60 * second);
  EXPECT_EQ(queue.fail_due({"SOUTH/HUB"}, "NO CARRIER", noon + 120 * second, true, noon), 2u);
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB", "OTHER"}, noon + 60 * second, 10)), ElementsAre("k3", "k4"));
  EXPECT_THAT(keys_of(queue.worn_out("SOUTH/HUB", 1, 10)), ElementsAre("k1", "k2"));
  EXPECT_THAT(queue.worn_out("SOUTH/HUB", 2, 10), IsEmpty());
}

TEST_F(Life, TheSameTroubleOverAndOverDoesNotFillTheHistory) {
  const MessageId id = *queue.accept(mail("k1"), "1", noon).message;
  for (int i = 0; i < 5; ++i) queue.fail_due({"SOUTH/HUB"}, "line in use", noon, false, noon);
  EXPECT_EQ(queue.history(id).size(), 2u);
  queue.fail_due({"SOUTH/HUB"}, "line in use", noon, true, noon);
  EXPECT_EQ(queue.history(id).size(), 3u);
}

TEST_F(Life, OverdueMailIsFound) {
  Envelope envelope = mail("k1");
  envelope.useful_life = 60 * second;
  queue.accept(envelope, "1", noon);
  queue.accept(mail("k2"), "2", noon);
  EXPECT_THAT(queue.overdue(noon + 59 * second, 10), IsEmpty());
  EXPECT_THAT(keys_of(queue.overdue(noon + 60 * second, 10)), ElementsAre("k1"));
  EXPECT_THAT(keys_of(queue.overdue(Time::max() - second, 10)), ElementsAre("k1"));
}

TEST_F(Life, WhatWasInTransferIsQueuedAgain) {
  queue.accept(mail("k1"), "text", noon);
  Work work = pick_one();
  queue.start_transfer(work);
  EXPECT_EQ(queue.recover(noon), 1u);
  EXPECT_EQ(pick_one().targets[0].attempts, 0);
  EXPECT_EQ(queue.recover(noon), 0u);
}

TEST_F(Life, TwoLinesDoNotSendTheSameMail) {
  queue.accept(mail("k1", {{"a", "SOUTH/HUB"}, {"b", "SOUTH/HUB"}}), "text", noon);
  Work first = pick_one();
  Work second_line = first;
  first.targets.pop_back();
  first.envelope.recipients.pop_back();
  EXPECT_TRUE(queue.start_transfer(first));
  EXPECT_TRUE(queue.start_transfer(second_line));
  EXPECT_THAT(second_line.envelope.recipients, ElementsAre(Recipient{"b", "SOUTH/HUB"}));
  EXPECT_EQ(second_line.targets.size(), 1u);
  EXPECT_FALSE(queue.start_transfer(first));
}

TEST_F(Life, ReturnedMailAndItsNoticeAreOneStep) {
  const MessageId id = *queue.accept(mail("k1"), "text", noon).message;
  Envelope notice = mail("n1", {{"NORTH/CLINIC/ANN", "NORTH/CLINIC"}});
  notice.sender.clear();
  const std::vector<RecipientId> ids = pick_one().ids();
  EXPECT_EQ(queue.give_back(ids, "route unknown", notice, "sorry", noon), 1u);
  EXPECT_FALSE(queue.show(id));
  EXPECT_EQ(all_of(queue, pick_one("NORTH/CLINIC").message), "sorry");
  EXPECT_EQ(queue.history(id).back().text, "returned, route unknown: SOUTH/HUB/BOB");

  EXPECT_EQ(queue.give_back(ids, "again", notice, "sorry", noon), 0u);
  EXPECT_EQ(queue.totals().messages, 1u);
}

TEST_F(Life, ANoticeIsNeverAnswered) {
  Envelope notice = mail("n1");
  notice.sender.clear();
  queue.accept(notice, "sorry", noon);
  Envelope second_notice = mail("n2", {{"x", "NOBODY"}});
  second_notice.sender.clear();
  EXPECT_EQ(queue.give_back(pick_one().ids(), "too late", second_notice, "sorry", noon), 1u);
  EXPECT_EQ(queue.totals().messages, 0u);

  queue.accept(mail("k1"), "text", noon);
  EXPECT_EQ(error_of([&] { queue.give_back(pick_one().ids(), "late", mail("n3"), "sorry", noon); }),
            ErrorKind::misuse);
  EXPECT_EQ(queue.totals().messages, 1u);
}

TEST_F(Life, ANoticeThatFailsLeavesTheMailWhereItWas) {
  queue.accept(mail("k1"), "text", noon);
  Envelope notice = mail("", {{"NORTH/CLINIC/ANN", "NORTH/CLINIC"}});
  notice.sender.clear();
  EXPECT_EQ(error_of([&] { queue.give_back(pick_one().ids(), "late", notice, "sorry", noon); }),
            ErrorKind::misuse);
  EXPECT_EQ(pick_one().envelope.key, "k1");
}

TEST_F(Life, TheAdministratorHoldsReleasesRetriesAndRemoves) {
  const MessageId id = *queue.accept(mail("k1"), "text", noon).message;
  EXPECT_EQ(queue.hold(id, noon), 1u);
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, noon, 10), IsEmpty());
  EXPECT_THAT(queue.waiting(), IsEmpty());
  EXPECT_EQ(queue.release(id, noon), 1u);
  queue.fail(pick_one().ids(), "BUSY", noon + 60 * second, true, noon);
  EXPECT_EQ(queue.retry(id, noon), 1u);
  EXPECT_EQ(pick_one().envelope.key, "k1");
  EXPECT_EQ(queue.remove(id, noon), 1u);
  EXPECT_FALSE(queue.show(id));
  EXPECT_EQ(queue.remove(id, noon), 0u);
  EXPECT_EQ(queue.history(id).size(), 6u);
}

TEST_F(Life, HoldingDoesNotForgetTheLastError) {
  const MessageId id = *queue.accept(mail("k1"), "text", noon).message;
  queue.fail(pick_one().ids(), "BUSY", noon, true, noon);
  queue.hold(id, noon);
  EXPECT_EQ(queue.show(id)->recipients[0].error, "BUSY");
}

TEST_F(Life, WhatIsInTransferCanBeHeld) {
  const MessageId id = *queue.accept(mail("k1"), "text", noon).message;
  Work work = pick_one();
  queue.start_transfer(work);
  EXPECT_EQ(queue.wanted(work.ids(), noon), work.ids());
  EXPECT_EQ(queue.hold(id, noon), 1u);
  EXPECT_THAT(queue.wanted(work.ids(), noon), IsEmpty());

  EXPECT_THAT(queue.fail(work.ids(), "withdrawn", noon, true, noon), IsEmpty());
  queue.put_back(work);
  EXPECT_EQ(queue.show(id)->recipients[0].state, State::held);
  EXPECT_EQ(queue.recover(noon), 0u);
  EXPECT_EQ(queue.release(id, noon), 1u);
  EXPECT_EQ(pick_one().message, id);
}

TEST_F(Life, WhatWasHeldInTransferMayArriveAllTheSame) {
  const MessageId id = *queue.accept(mail("k1"), "text", noon).message;
  Work work = pick_one();
  queue.start_transfer(work);
  queue.hold(id, noon);
  queue.acknowledge(work.ids(), "SOUTH/HUB", noon);
  EXPECT_FALSE(queue.show(id));
  EXPECT_EQ(queue.history(id).back().text, "acknowledged by SOUTH/HUB: SOUTH/HUB/BOB");
}

TEST_F(Life, WhatIsInTransferCanBeRemoved) {
  const MessageId id = *queue.accept(mail("k1"), "text", noon).message;
  Work work = pick_one();
  queue.start_transfer(work);
  EXPECT_EQ(queue.remove(id, noon), 1u);
  EXPECT_FALSE(queue.show(id));
  EXPECT_THAT(queue.wanted(work.ids(), noon), IsEmpty());
  EXPECT_EQ(error_of([&] { queue.read(id, 0, 1); }), ErrorKind::gone);

  queue.acknowledge(work.ids(), "SOUTH/HUB", noon);
  EXPECT_THAT(queue.fail(work.ids(), "withdrawn", noon, true, noon), IsEmpty());
  queue.put_back(work);
  EXPECT_EQ(queue.history(id).back().text, "deleted");
}

TEST_F(Life, MailWhoseUsefulLifeEndsInTransferIsNotWantedAnyMore) {
  Envelope envelope = mail("k1");
  envelope.useful_life = 60 * second;
  queue.accept(envelope, "text", noon);
  Work work = pick_one();
  queue.start_transfer(work);
  EXPECT_EQ(queue.wanted(work.ids(), noon + 59 * second), work.ids());
  EXPECT_THAT(queue.wanted(work.ids(), noon + 60 * second), IsEmpty());
}

TEST_F(Life, OnlyThoseStillInTransferAreWanted) {
  queue.accept(mail("k1", {{"a", "SOUTH/HUB"}, {"b", "SOUTH/HUB"}}), "text", noon);
  Work work = pick_one();
  queue.start_transfer(work);
  queue.delivered(std::vector{work.ids()[0]}, noon);
  EXPECT_THAT(queue.wanted(work.ids(), noon), ElementsAre(work.ids()[1]));
}

TEST_F(Life, RemembersThatATransferWasBegun) {
  queue.accept(mail("k1"), "text", noon);
  Work work = pick_one();
  EXPECT_FALSE(work.tried);
  queue.start_transfer(work);
  EXPECT_FALSE(work.tried) << "it tells of earlier ones";
  queue.fail(work.ids(), "NO CARRIER", noon, true, noon);
  EXPECT_TRUE(pick_one().tried);

  work = pick_one();
  queue.start_transfer(work);
  queue = Queue(folder.queue());
  queue.recover(noon);
  EXPECT_TRUE(pick_one().tried);
}

TEST_F(Life, WhatAnotherLineBeganMeanwhileIsTold) {
  queue.accept(mail("k1"), "text", noon);
  Work first = pick_one();
  Work second_line = first;
  queue.start_transfer(first);
  queue.fail(first.ids(), "NO CARRIER", noon, true, noon);
  ASSERT_TRUE(queue.start_transfer(second_line));
  EXPECT_TRUE(second_line.tried);
}

TEST_F(Life, WhatWasNeverOfferedIsPutBackUntried) {
  queue.accept(mail("k1"), "text", noon);
  Work work = pick_one();
  queue.start_transfer(work);
  queue.put_back(work);
  EXPECT_FALSE(pick_one().tried);
  EXPECT_EQ(queue.history(work.message).size(), 1u);

  queue.start_transfer(work);
  queue.fail(work.ids(), "NO CARRIER", noon, false, noon);
  work = pick_one();
  queue.start_transfer(work);
  queue.put_back(work);
  EXPECT_TRUE(pick_one().tried);
}

TEST_F(Life, ListsByStateAndDestination) {
  queue.accept(mail("k1"), "1", noon);
  const MessageId held = *queue.accept(mail("k2", {{"x", "OTHER"}}), "22", noon).message;
  queue.hold(held, noon);
  EXPECT_EQ(queue.list().size(), 2u);
  EXPECT_EQ(queue.list({.state = State::held, .limit = 10}).at(0).id, held);
  EXPECT_EQ(queue.list({.destination = "SOUTH/HUB", .limit = 10}).at(0).envelope.key, "k1");
  EXPECT_THAT(queue.list({.state = State::held, .destination = "SOUTH/HUB"}), IsEmpty());
  EXPECT_EQ(queue.list({.limit = 1}).size(), 1u);
  const Totals totals = queue.totals();
  EXPECT_EQ(totals.messages, 2u);
  EXPECT_EQ(totals.bytes, 3u);
  EXPECT_EQ(totals.recipients.at(State::held), 1u);
}

TEST_F(Life, PruningForgetsOnlyWhatIsOld) {
  const MessageId id = *queue.accept(mail("k1"), "text", noon).message;
  queue.delivered(pick_one().ids(), noon);
  queue.prune(noon + std::chrono::hours(24 * 30));
  EXPECT_EQ(queue.accept(mail("k1"), "text", noon).recipients, 0u);
  queue.prune(noon + std::chrono::hours(24 * 41));
  EXPECT_THAT(queue.history(id), IsEmpty());
  EXPECT_THAT(queue.seen("k1", {"SOUTH/HUB/BOB"}), IsEmpty());
}

}  // namespace
}  // namespace mailqueue::test::life_test
