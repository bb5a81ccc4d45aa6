// Several calls as one step.

#include "support.h"

namespace mailqueue::test::batch_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Batches = QueueTest;

TEST_F(Batches, AllOfItHappens) {
  queue.accept(mail("old"), "text", noon);
  Work work = pick_one();
  queue.batch([&] {
    EXPECT_TRUE(queue.start_transfer(work));
    queue.acknowledge(work.ids(), "SOUTH/HUB", noon);
    for (const std::string key : {"k1", "k2", "k3"}) {
      Writer writer = queue.begin(noon);
      writer.append(key);
      EXPECT_EQ(writer.commit(mail(key), noon).recipients, 1u);
    }
    queue.delivered(pick_one().ids(), noon);
  });
  const Queue again(folder.queue());
  EXPECT_THAT(keys_of(again.pick({"SOUTH/HUB"}, noon, 10)), ElementsAre("k2", "k3"));
  EXPECT_EQ(again.waiting().at(0).messages, 2u);
}

TEST_F(Batches, NobodyElseSeesItBeforeItsEnd) {
  const Queue other(folder.queue());
  Batch batch(queue);
  queue.accept(mail("k1"), "text", noon);
  EXPECT_EQ(queue.waiting().at(0).messages, 1u);
  EXPECT_EQ(queue.totals().messages, 1u);
  EXPECT_EQ(other.totals().messages, 0u);
  batch.commit();
  EXPECT_EQ(other.totals().messages, 1u);
}

TEST_F(Batches, GivenUpNothingHasHappened) {
  queue.accept(mail("old"), "text", noon);
  Work work = pick_one();
  {
    const Batch batch(queue);
    queue.start_transfer(work);
    queue.acknowledge(work.ids(), "SOUTH/HUB", noon);
    queue.accept(mail("k1", {{"x", "OTHER"}}), "text", noon);
  }
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB", "OTHER"}, noon, 10)), ElementsAre("old"));
  EXPECT_FALSE(pick_one().tried);
  EXPECT_THAT(queue.seen("k1", {"x"}), IsEmpty());
  EXPECT_EQ(queue.waiting().size(), 1u);
}

TEST_F(Batches, WhenOneCallThrowsTheWritersCanBeCommittedOneByOne) {
  Writer good = queue.partial("t1", 4, noon);
  good.append("good");
  Writer bad = queue.begin(noon);
  bad.append("bad");
  Writer late = queue.partial("t3", 100'000, noon);
  late.append(pattern(100'000));
  EXPECT_EQ(error_of([&] {
              queue.batch([&] {
                good.commit(mail("k1"), noon);
                late.commit(mail("k3"), noon);
                bad.commit(mail(""), noon);
              });
            }),
            ErrorKind::misuse);
  EXPECT_EQ(queue.totals().messages, 0u);

  EXPECT_EQ(good.commit(mail("k1"), noon).recipients, 1u);
  EXPECT_EQ(late.commit(mail("k3"), noon).recipients, 1u);
  EXPECT_EQ(bad.commit(mail("k2"), noon).recipients, 1u);
  EXPECT_EQ(all_of(queue, queue.pick({"SOUTH/HUB"}, noon, 2).at(1).message), pattern(100'000));
  EXPECT_EQ(queue.totals().partials, 0u);
}

TEST_F(Batches, AfterAFailureNothingMoreIsDoneEvenIfItWasCaught) {
  Batch batch(queue);
  queue.accept(mail("k1"), "text", noon);
  EXPECT_EQ(error_of([&] { queue.accept(mail(""), "text", noon); }), ErrorKind::misuse);
  EXPECT_EQ(error_of([&] { queue.accept(mail("k2"), "text", noon); }), ErrorKind::misuse);
  EXPECT_EQ(error_of([&] { batch.commit(); }), ErrorKind::misuse);
  EXPECT_EQ(queue.totals().messages, 0u);
  EXPECT_EQ(queue.accept(mail("k2"), "text", noon).recipients, 1u);
}

TEST_F(Batches, AFullDiskUndoesAllOfIt) {
  queue = Queue(folder.queue(), {.max_pages = 100});
  Writer writer = queue.begin(noon);
  writer.append("first");
  EXPECT_EQ(error_of([&] {
              queue.batch([&] {
                writer.commit(mail("k1"), noon);
                queue.accept(mail("k2"), pattern(600'000), noon);
              });
            }),
            ErrorKind::full);
  EXPECT_EQ(queue.totals().messages, 0u);
  EXPECT_EQ(writer.commit(mail("k1"), noon).recipients, 1u);
}

TEST_F(Batches, AWriterOpenedInABatchThatFailedIsLost) {
  std::optional<Writer> writer;
  {
    const Batch batch(queue);
    writer.emplace(queue.partial("t1", 100, noon));
    writer->append("abc");
  }
  EXPECT_EQ(error_of([&] { writer->flush(noon); }), ErrorKind::gone);
  writer.reset();
  EXPECT_EQ(queue.partial("t1", 100, noon).offset(), 0u);
}

TEST_F(Batches, AWriterNeedNotLiveToTheEnd) {
  queue.batch([&] {
    Writer writer = queue.partial("t1", 3, noon);
    writer.append("abc");
    writer.commit(mail("k1"), noon);
  });
  {
    const Batch batch(queue);
    Writer writer = queue.begin(noon);
    writer.append("xyz");
    writer.commit(mail("k2"), noon);
  }
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB"}, noon, 10)), ElementsAre("k1"));
}

TEST_F(Batches, AReturnAndItsNoticeCanBePartOfOne) {
  queue.accept(mail("k1"), "text", noon);
  Envelope notice = mail("n1", {{"NORTH/CLINIC/ANN", "NORTH/CLINIC"}});
  notice.sender.clear();
  {
    const Batch batch(queue);
    EXPECT_EQ(queue.give_back(pick_one().ids(), "no route", notice, "sorry", noon), 1u);
  }
  EXPECT_EQ(pick_one().envelope.key, "k1");
  queue.batch([&] { queue.give_back(pick_one().ids(), "no route", notice, "sorry", noon); });
  EXPECT_EQ(pick_one("NORTH/CLINIC").envelope.key, "n1");
}

TEST_F(Batches, ReturnWhatTheirJobReturns) {
  EXPECT_EQ(queue.batch([&] { return queue.accept(mail("k1"), "text", noon).recipients; }), 1u);
}

TEST_F(Batches, DoNotNest) {
  Batch batch(queue);
  EXPECT_EQ(error_of([&] { Batch{queue}; }), ErrorKind::misuse);
  batch.commit();
  EXPECT_EQ(error_of([&] { batch.commit(); }), ErrorKind::misuse);
}

}  // namespace
}  // namespace mailqueue::test::batch_test
