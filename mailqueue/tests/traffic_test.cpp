// Counters of mail exchanged, what waits, and recipients that stood for others.

#include "support.h"

namespace mailqueue::test::traffic_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct TrafficTest : QueueTest {};

TEST_F(TrafficTest, AnAcknowledgementCountsEachMessageOnce) {
  queue.accept(mail("k1", {{"a", "SOUTH/HUB"}, {"b", "SOUTH/HUB"}}), "12345", noon);
  queue.accept(mail("k2"), "123", noon);
  for (const auto& work : queue.pick({"SOUTH/HUB"}, noon, 10)) {
    queue.acknowledge(work.ids(), "SOUTH/HUB", noon);
    queue.acknowledge(work.ids(), "SOUTH/HUB", noon);  // nothing is left to be counted
  }
  EXPECT_THAT(queue.traffic(), ElementsAre(Traffic{"SOUTH/HUB", 2026, 3, 2, 8, 0, 0}));
}

TEST_F(TrafficTest, OfABatchThatFailsIsNotCounted) {
  queue.accept(mail("k1"), "12345", noon);
  const auto work = pick_one();
  EXPECT_ANY_THROW(queue.batch([&] {
    queue.acknowledge(work.ids(), "SOUTH/HUB", noon);
    queue.count_received("SOUTH/HUB", 7, noon);
    throw std::runtime_error("");
  }));
  EXPECT_THAT(queue.traffic(), IsEmpty());
  queue.batch([&] {
    queue.acknowledge(work.ids(), "SOUTH/HUB", noon);
    queue.count_received("SOUTH/HUB", 7, noon);
    EXPECT_THAT(queue.traffic(), SizeIs(1));
  });
  EXPECT_THAT(queue.traffic(), ElementsAre(Traffic{"SOUTH/HUB", 2026, 3, 1, 5, 1, 7}));
}

TEST_F(TrafficTest, IsKeptByMonth) {
  queue.count_received("A", 1, noon);
  queue.count_received("A", 2, noon + std::chrono::hours(24 * 31));
  EXPECT_THAT(queue.traffic(),
              ElementsAre(Traffic{"A", 2026, 3, 0, 0, 1, 1}, Traffic{"A", 2026, 4, 0, 0, 1, 2}));
}

TEST_F(TrafficTest, ABacklogIsTheSumOfItsDestinations) {
  queue.accept(mail("k1", {{"a", "X"}, {"b", "Y"}}), "12345", noon);
  queue.accept(mail("k2", {{"a", "X"}}), "1", noon);
  EXPECT_EQ(queue.backlog({"X"}).messages, 2u);
  EXPECT_EQ(queue.backlog({"X"}).bytes, 6u);
  EXPECT_EQ(queue.backlog({"X", "Y", "Z"}).messages, 3u);
  queue.batch([&] {
    queue.accept(mail("k3", {{"a", "X"}}), "1", noon);
    EXPECT_EQ(queue.backlog({"X"}).messages, 3u) << "what this batch has added counts";
  });
}

TEST_F(TrafficTest, LargeMessagesAreFoundWithTheirRecipients) {
  const auto first = *queue.accept(mail("k1", {{"a", "X"}, {"b", "Y"}}), "12345", noon).message;
  queue.accept(mail("k2", {{"a", "X"}}), "1234", noon);
  const auto third = *queue.accept(mail("k3", {{"a", "X"}}), "123456", noon).message;
  const auto found = queue.larger_than("X", 4, 0, 10);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].message, first);
  EXPECT_THAT(found[0].envelope.recipients, ElementsAre(Recipient{"a", "X"}));
  EXPECT_THAT(queue.larger_than("X", 4, first, 10), SizeIs(1));
  EXPECT_EQ(queue.last_message(), third);
  Envelope notice = mail("k4", {{"a", "X"}});
  notice.sender.clear();
  queue.accept(notice, "1234567", noon);
  EXPECT_THAT(queue.larger_than("X", 4, third, 10), IsEmpty());
}

TEST_F(TrafficTest, WhoStoodForOthersIsClosedAndKnown) {
  const auto id = *queue.accept(mail("k1", {{"group", "HOME"}, {"a", "X"}}), "12345", noon).message;
  queue.expanded(std::array{queue.show(id)->recipients[0].id}, noon);
  EXPECT_THAT(queue.backlog({"HOME"}).messages, 0u);
  EXPECT_THAT(queue.seen("k1", {"group"}), SizeIs(1));
  EXPECT_THAT(queue.pick({"HOME", "X"}, noon, 10), SizeIs(1));
}

}  // namespace
}  // namespace mailqueue::test::traffic_test
