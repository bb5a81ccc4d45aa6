// Content on its way in: once, in order, in pieces.

#include "support.h"

namespace mailqueue::test::accept_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Accept = QueueTest;

TEST_F(Accept, TheSameMailTwiceIsOneMail) {
  EXPECT_EQ(queue.accept(mail("k1"), "text", noon).recipients, 1u);
  const Accepted again = queue.accept(mail("k1"), "text", noon);
  EXPECT_EQ(again.recipients, 0u);
  EXPECT_FALSE(again.message);
  EXPECT_EQ(queue.totals().messages, 1u);
}

TEST_F(Accept, ADeliveredMailDoesNotComeBack) {
  queue.accept(mail("k1"), "text", noon);
  queue.delivered(pick_one().ids(), noon);
  EXPECT_EQ(queue.accept(mail("k1"), "text", noon).recipients, 0u);
  EXPECT_EQ(queue.totals().messages, 0u);
}

TEST_F(Accept, OnlyNewRecipientsAreAdded) {
  queue.accept(mail("k1", {{"a", "X"}}), "text", noon);
  EXPECT_EQ(queue.accept(mail("k1", {{"a", "X"}, {"b", "X"}, {"b", "X"}}), "text", noon).recipients, 1u);
  EXPECT_THAT(queue.seen("k1", {"a", "b", "c"}), ElementsAre("a", "b"));
  EXPECT_THAT(queue.seen("k2", {"a"}), IsEmpty());
}

TEST_F(Accept, UrgentFirstThenInOrder) {
  for (const auto& [key, priority] : {std::pair{"n1", Priority::normal},
                                      {"l1", Priority::low},
                                      {"u1", Priority::urgent},
                                      {"n2", Priority::normal},
                                      {"u2", Priority::urgent}}) {
    Envelope envelope = mail(key, {{"a", *key == 'u' ? "X" : "Y"}});
    envelope.priority = priority;
    queue.accept(envelope, "text", noon);
  }
  EXPECT_THAT(keys_of(queue.pick({"Y", "X"}, noon, 10)), ElementsAre("u1", "u2", "n1", "n2", "l1"));
  EXPECT_THAT(keys_of(queue.pick({"X", "Y"}, noon, 3)), ElementsAre("u1", "u2", "n1"));
  EXPECT_THAT(keys_of(queue.pick({"Y"}, noon, 1)), ElementsAre("n1"));
}

TEST_F(Accept, PickGivesOnlyTheRecipientsAskedFor) {
  queue.accept(mail("k1", {{"a", "X"}, {"b", "Y"}, {"c", "Z"}}), "text", noon);
  EXPECT_THAT(queue.pick({"X", "Z"}, noon, 10).at(0).envelope.recipients,
              ElementsAre(Recipient{"a", "X"}, Recipient{"c", "Z"}));
}

TEST_F(Accept, SaysWhatIsDue) {
  queue.accept(mail("k1", {{"a", "X"}, {"b", "X"}, {"c", "Y"}}), "12345", noon);
  Envelope older = mail("k2", {{"a", "X"}});
  older.accepted = noon - 60 * second;
  queue.accept(older, "123", noon);
  queue.fail(pick_one("Y").ids(), "BUSY", noon + 60 * second, true, noon);

  const std::vector<Waiting> due = queue.due(noon);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].destination, "X");
  EXPECT_EQ(due[0].messages, 2u);
  EXPECT_EQ(due[0].bytes, 8u);
  EXPECT_EQ(due[0].oldest, noon);
  EXPECT_EQ(queue.waiting().size(), 2u);
  EXPECT_EQ(queue.waiting()[1].next_attempt, noon + 60 * second);
  EXPECT_FALSE(queue.waiting()[0].urgent);
  Envelope hurry = mail("hurry", {{"d", "X"}});
  hurry.priority = Priority::urgent;
  queue.accept(hurry, "x", noon);
  EXPECT_TRUE(queue.waiting()[0].urgent);
  EXPECT_FALSE(queue.waiting()[1].urgent);
  EXPECT_EQ(queue.next_due(), noon);

  for (const Work& work : queue.pick({"X"}, noon, 10)) queue.delivered(work.ids(), noon);
  EXPECT_EQ(queue.next_due(), noon + 60 * second);
  EXPECT_THAT(queue.due(noon), IsEmpty());
}

TEST_F(Accept, NothingIsSeenOfAWriterBeforeItCommits) {
  const std::string content = pattern(3'000'000);
  {
    Writer writer = queue.begin(noon);
    writer.append(content);
    EXPECT_THAT(queue.waiting(), IsEmpty());
    EXPECT_EQ(queue.totals().messages, 0u);
  }
  EXPECT_EQ(queue.totals().partials, 0u);

  Writer writer = queue.begin(noon);
  for (std::size_t i = 0; i < content.size(); i += 10'007)
    writer.append(std::string_view(content).substr(i, 10'007));
  const Digest digest = writer.digest();
  const MessageId id = *writer.commit(mail("k1"), noon).message;
  EXPECT_EQ(all_of(queue, id), content);
  EXPECT_EQ(pick_one().digest, digest);
  EXPECT_EQ(queue.read(id, 65'530, 100'000), content.substr(65'530, 100'000));
  EXPECT_EQ(queue.read(id, content.size() - 5, 100), content.substr(content.size() - 5));
  EXPECT_EQ(queue.read(id, content.size() + 5, 100), "");
  EXPECT_EQ(error_of([&] { writer.append("more"); }), ErrorKind::misuse);
}

TEST_F(Accept, EmptyContentIsContent) {
  const MessageId id = *queue.accept(mail("k1"), "", noon).message;
  EXPECT_EQ(all_of(queue, id), "");
  const std::uint8_t first_of_sha256_of_nothing = 0xe3;
  EXPECT_EQ(pick_one().digest[0], first_of_sha256_of_nothing);
}

TEST_F(Accept, RefusesEnvelopesItCouldNotKeep) {
  Envelope hops = mail("k1");
  hops.hops = {"two\nlines"};
  for (const Envelope& envelope : {mail(""), mail("k1", {}), hops}) {
    EXPECT_EQ(error_of([&] { queue.accept(envelope, "text", noon); }), ErrorKind::misuse);
  }
  EXPECT_EQ(queue.totals().messages, 0u);
}

using Partial = QueueTest;

TEST_F(Partial, ContinuesWhereTheLastAttemptEnded) {
  const std::string content = pattern(200'000);
  {
    Writer writer = queue.partial("t1", content.size(), noon);
    EXPECT_EQ(writer.offset(), 0u);
    writer.append(std::string_view(content).substr(0, 150'001));
  }
  queue = Queue(folder.queue());
  Writer writer = queue.partial("t1", content.size(), noon);
  ASSERT_EQ(writer.offset(), 150'001u);
  Writer whole = queue.begin(noon);
  whole.append(std::string_view(content).substr(0, 150'001));
  EXPECT_EQ(writer.digest(), whole.digest());
  EXPECT_EQ(error_of([&] { writer.commit(mail("k1"), noon); }), ErrorKind::misuse);

  writer.append(std::string_view(content).substr(150'001));
  const MessageId id = *writer.commit(mail("k1"), noon).message;
  EXPECT_EQ(all_of(queue, id), content);
  EXPECT_EQ(queue.totals().partials, 0u);
  EXPECT_EQ(queue.partial("t1", 10, noon).offset(), 0u);
}

TEST_F(Partial, IsCutWhereTheTruthEnds) {
  const std::string content = pattern(200'000);
  Writer writer = queue.partial("t1", content.size(), noon);
  for (const std::size_t cut : {180'000u, 100'000u, 65'536u, 1u, 0u}) {
    writer.append(std::string_view(content).substr(writer.offset(), 190'000 - writer.offset()));
    writer.flush(noon);
    writer.append(std::string_view(content).substr(writer.offset(), 10));
    writer.truncate(cut);
    EXPECT_EQ(writer.offset(), cut);
    Writer same = queue.begin(noon);
    same.append(std::string_view(content).substr(0, cut));
    EXPECT_EQ(writer.digest(), same.digest());
  }
  writer.append(content);
  EXPECT_EQ(all_of(queue, *writer.commit(mail("k1"), noon).message), content);
}

TEST_F(Partial, OfAnotherSizeIsAnotherContent) {
  queue.partial("t1", 100, noon).append("abc");
  EXPECT_EQ(queue.partial("t1", 100, noon).offset(), 3u);
  EXPECT_EQ(queue.partial("t1", 101, noon).offset(), 0u);
}

TEST_F(Partial, TakesNoMoreThanWasAnnounced) {
  Writer writer = queue.partial("t1", 3, noon);
  writer.append("ab");
  EXPECT_EQ(error_of([&] { writer.append("cd"); }), ErrorKind::misuse);
  EXPECT_EQ(writer.offset(), 2u);
}

TEST_F(Partial, BelongsToWhoOpenedItLast) {
  Writer stale = queue.partial("t1", 100, noon);
  stale.append("abc");
  Queue other(folder.queue());
  Writer fresh = other.partial("t1", 100, noon);
  EXPECT_EQ(error_of([&] { stale.flush(noon); }), ErrorKind::gone);
  fresh.append("xyz");
  fresh.flush(noon);
  EXPECT_EQ(fresh.offset(), 3u);
}

TEST_F(Partial, ExpiresWhenNobodyTouchesIt) {
  Writer old = queue.partial("t1", 100, noon);
  old.append("abc");
  old.flush(noon);
  Writer touched = queue.partial("t2", 100, noon);
  touched.append("abc");
  touched.flush(noon + 60 * second);
  EXPECT_EQ(queue.expire_partials(noon + second), 1u);
  EXPECT_EQ(queue.totals().partials, 1u);
  EXPECT_EQ(queue.totals().partial_bytes, 3u);
  EXPECT_EQ(error_of([&] { old.flush(noon); }), ErrorKind::gone);
}

TEST_F(Partial, IsDiscardedWhenItsMailIsKnown) {
  queue.accept(mail("k1"), "text", noon);
  Writer writer = queue.partial("t1", 4, noon);
  writer.append("text");
  writer.flush(noon);
  EXPECT_EQ(writer.commit(mail("k1"), noon).recipients, 0u);
  EXPECT_EQ(queue.totals().partials, 0u);
}

}  // namespace
}  // namespace mailqueue::test::accept_test
