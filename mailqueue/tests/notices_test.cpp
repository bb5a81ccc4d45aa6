// What senders are told, and that they are told once.

#include "support.h"

namespace mailqueue::test::notices_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Notices : public QueueTest {
 protected:
  static Envelope notice(std::string key) {
    Envelope envelope = mail(std::move(key), {{"NORTH/CLINIC/ANN", "NORTH/CLINIC"}});
    envelope.sender.clear();
    return envelope;
  }

  MessageId accept(const std::string& key, Priority priority = Priority::normal, Time at = noon) {
    Envelope envelope = mail(key);
    envelope.priority = priority;
    return *queue.accept(envelope, "text", at).message;
  }

  bool warn(MessageId message, int step) {
    return queue.warn(message, step, "warned", notice("n" + std::to_string(++notices)), "still waiting",
                      noon);
  }

  std::vector<std::string> waiting(Priority priority, int warned, Time received) const {
    return keys_of(queue.delayed(priority, warned, received, 10));
  }

  std::uint64_t messages() const { return queue.totals().messages; }

  int notices = 0;
};

TEST_F(Notices, FindMailThatHasWaited) {
  accept("k1");
  accept("k2", Priority::normal, noon + second);
  accept("k3", Priority::urgent);
  EXPECT_THAT(waiting(Priority::normal, 0, noon - second), IsEmpty());
  EXPECT_THAT(waiting(Priority::normal, 0, noon), ElementsAre("k1"));
  EXPECT_THAT(waiting(Priority::normal, 0, noon + second), ElementsAre("k1", "k2"));
  EXPECT_THAT(waiting(Priority::urgent, 0, noon), ElementsAre("k3"));
  EXPECT_THAT(waiting(Priority::normal, 1, noon), IsEmpty());
  EXPECT_EQ(queue.delayed(Priority::normal, 0, noon + second, 1).size(), 1u);
}

TEST_F(Notices, WarnOfEachStepOnce) {
  const MessageId id = accept("k1");
  EXPECT_TRUE(warn(id, 1));
  EXPECT_FALSE(warn(id, 1));
  EXPECT_THAT(waiting(Priority::normal, 0, noon), IsEmpty());
  EXPECT_THAT(waiting(Priority::normal, 1, noon), ElementsAre("k1"));
  EXPECT_TRUE(warn(id, 3));
  EXPECT_FALSE(warn(id, 2));
  EXPECT_EQ(messages(), 3u);
  EXPECT_EQ(queue.history(id).back().text, "warned");

  Queue again(folder.queue());
  EXPECT_EQ(again.show(id)->warned, 3);
  EXPECT_FALSE(again.warn(id, 3, "warned", notice("n9"), "still waiting", noon));
  EXPECT_EQ(messages(), 3u);
}

TEST_F(Notices, AWarningAndItsStepAreOneThing) {
  const MessageId id = accept("k1");
  try {
    queue.batch([&] {
      warn(id, 1);
      throw std::runtime_error("killed");
    });
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(messages(), 1u);
  EXPECT_EQ(queue.show(id)->warned, 0);
  EXPECT_TRUE(warn(id, 1));
}

TEST_F(Notices, WarnOnlyOfWhatIsQueued) {
  const MessageId id =
      *queue.accept(mail("k1", {{"a", "SOUTH/HUB"}, {"b", "EAST/RELAY"}}), "text", noon).message;
  Work work = pick_one();
  queue.start_transfer(work);
  EXPECT_THAT(waiting(Priority::normal, 0, noon), IsEmpty());
  queue.acknowledge(work.ids(), "SOUTH/HUB", noon);
  const std::vector<Work> rest = queue.delayed(Priority::normal, 0, noon, 10);
  ASSERT_EQ(rest.size(), 1u);
  ASSERT_EQ(rest[0].envelope.recipients.size(), 1u);
  EXPECT_EQ(rest[0].envelope.recipients[0].address, "b");
  queue.hold(id, noon);
  EXPECT_THAT(waiting(Priority::normal, 0, noon), IsEmpty());
  EXPECT_FALSE(warn(id, 1));
  EXPECT_EQ(messages(), 1u);
}

TEST_F(Notices, AreNotWarnedAbout) {
  const MessageId id = *queue.accept(notice("n0"), "text", noon).message;
  EXPECT_FALSE(warn(id, 1));
  EXPECT_EQ(messages(), 1u);
  EXPECT_THAT(waiting(Priority::normal, 0, noon), IsEmpty());
  EXPECT_FALSE(warn(99, 1));
}

TEST_F(Notices, AreNotMadeWhereNobodyWantsThem) {
  const MessageId id = accept("k1");
  EXPECT_TRUE(queue.pass_over(id, 1));
  EXPECT_FALSE(queue.pass_over(id, 1));
  EXPECT_THAT(waiting(Priority::normal, 0, noon), IsEmpty());
  EXPECT_EQ(queue.give_up(pick_one().ids(), "no such mailbox", noon), 1u);
  EXPECT_EQ(messages(), 0u);
  EXPECT_THAT(queue.history(id).back().text, HasSubstr("given up without a notice, no such mailbox"));
}

TEST_F(Notices, HaveNoSender) {
  const MessageId id = accept("k1");
  EXPECT_EQ(error_of([&] { queue.warn(id, 1, "warned", mail("n1"), "x", noon); }), ErrorKind::misuse);
  EXPECT_EQ(queue.show(id)->warned, 0);
}

TEST_F(Notices, ReceiptsAreForThoseDeliveredNow) {
  const MessageId id = *queue.accept(mail("k1", {{"a", "HERE"}, {"b", "HERE"}}), "text", noon).message;
  const std::vector<RecipientId> both = pick_one("HERE").ids();
  EXPECT_THAT(queue.delivered(std::span(both).first(1), noon), ElementsAre(both[0]));
  EXPECT_THAT(queue.delivered(both, noon), ElementsAre(both[1]));
  EXPECT_THAT(queue.delivered(both, noon), IsEmpty());
  EXPECT_FALSE(queue.show(id));
}

}  // namespace
}  // namespace mailqueue::test::notices_test
