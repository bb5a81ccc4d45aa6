// Much mail: nothing that is asked for all the time reads more of it than it shows.

#include "support.h"

#include <mailqueue/shared_queue.h>

#include <atomic>
#include <thread>

namespace mailqueue::test::many_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int many = 3000;

class Many : public QueueTest {
 protected:
  MessageId add(const std::string& key, Priority priority = Priority::normal, const char* to = "SOUTH/HUB") {
    Envelope envelope = mail(key, {{"a", to}});
    envelope.priority = priority;
    return *queue.accept(envelope, "text", noon).message;
  }

  void add_many(Priority priority = Priority::normal) {
    queue.batch([&] {
      for (int i = 0; i < many; ++i) add(name(priority).data() + std::to_string(i), priority);
    });
  }

  void postpone_all() { queue.fail_due({"SOUTH/HUB"}, "BUSY", later, true, noon); }

  const Time later = noon + 600 * second;
};

TEST_F(Many, MailOfOnePriorityIsNotHiddenBehindAnother) {
  add_many();
  add("low", Priority::low);
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB"}, Priority::low, noon, 10)), ElementsAre("low"));
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, Priority::urgent, noon, 10), IsEmpty());
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, Priority::normal, noon, 10), SizeIs(10));
}

TEST_F(Many, WhatIsDueIsFoundBehindWhatIsNot) {
  add_many();
  postpone_all();
  EXPECT_THAT(queue.pick({"SOUTH/HUB"}, noon, 10), IsEmpty());
  add("k1");
  add("k2");
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB"}, noon, 10)), ElementsAre("k1", "k2"));
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB"}, noon, 1)), ElementsAre("k1"));
  EXPECT_EQ(queue.pick({"SOUTH/HUB"}, later, 1).at(0).envelope.key, "normal0") << "the oldest first";
}

TEST_F(Many, AMessageForVeryManyIsOneOfThoseThatArePicked) {
  std::vector<Recipient> recipients;
  for (int i = 0; i < many; ++i) recipients.push_back({std::to_string(i), "SOUTH/HUB"});
  queue.accept(mail("all", recipients), "text", noon);
  add("k1");
  const std::vector<Work> work = queue.pick({"SOUTH/HUB"}, noon, 10);
  EXPECT_THAT(keys_of(work), ElementsAre("all", "k1"));
  EXPECT_THAT(work.at(0).targets, SizeIs(many));
}

TEST_F(Many, SeveralDestinationsArePickedInTheOrderOfAcceptance) {
  for (int i = 0; i < 20; ++i) add(std::to_string(i), Priority::normal, i % 3 == 0 ? "X" : "Y");
  EXPECT_THAT(keys_of(queue.pick({"Y", "X"}, noon, 5)), ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(Many, ListsPageByPage) {
  for (int i = 0; i < 10; ++i) add(std::to_string(i), Priority(i % 3), i % 2 == 0 ? "X" : "Y");
  const auto pages = [&](Filter filter) {
    std::string keys;
    filter.limit = 3;
    for (auto page = queue.list(filter); !page.empty(); page = queue.list(filter)) {
      for (const MessageView& view : page) keys += view.envelope.key;
      keys += '.';
      filter.after = page.back().id;
    }
    return keys;
  };
  EXPECT_EQ(pages({}), "012.345.678.9.");
  EXPECT_EQ(pages({.state = State::queued, .destination = {}}), "012.345.678.9.");
  EXPECT_EQ(pages({.state = {}, .destination = "X"}), "024.68.");
  queue.hold(5, noon);
  queue.hold(6, noon);
  queue.hold(8, noon);
  EXPECT_EQ(pages({.state = State::held, .destination = {}}), "457.");
  EXPECT_EQ(pages({.state = State::held, .destination = "Y"}), "57.");
  EXPECT_EQ(pages({.state = State::queued, .destination = "Y"}), "139.");
  EXPECT_EQ(pages({.state = {}, .destination = "Y"}), "135.79.");
}

TEST_F(Many, TotalsAreCountedWithEachChange) {
  const MessageId one =
      *queue.accept(mail("k1", {{"a", "X"}, {"b", "X"}, {"c", "Y"}}), "12345", noon).message;
  queue.accept(mail("k2", {{"a", "X"}}), "123", noon);
  Work work = queue.pick({"X"}, noon, 1).at(0);
  queue.start_transfer(work);
  queue.acknowledge(std::vector{work.ids()[0]}, "X", noon);
  queue.hold(2, noon);
  Totals totals = queue.totals();
  EXPECT_EQ(totals.messages, 2u);
  EXPECT_EQ(totals.bytes, 8u);
  EXPECT_THAT(totals.recipients, ElementsAre(std::pair(State::queued, 1u), std::pair(State::in_transfer, 1u),
                                             std::pair(State::held, 1u), std::pair(State::acknowledged, 1u)));
  queue.recover(noon);
  queue.remove(one, noon);
  queue.remove(2, noon);
  totals = queue.totals();
  EXPECT_EQ(totals.messages, 0u);
  EXPECT_EQ(totals.bytes, 0u);
  EXPECT_THAT(totals.recipients, IsEmpty());
}

TEST_F(Many, ABatchThatIsGivenUpIsNotCounted) {
  add("k1");
  {
    const Batch batch(queue);
    add("k2");
    EXPECT_EQ(queue.totals().messages, 2u);
  }
  EXPECT_EQ(queue.totals().messages, 1u);
}

TEST_F(Many, OneThatComesNowAndThenIsNotStarvedByOneThatWritesAllTheTime) {
  SharedQueue shared(folder.queue());
  std::atomic<bool> done = false;
  std::atomic<int> failed = 0;
  std::vector<std::jthread> busy;
  for (int thread = 0; thread < 4; ++thread) {
    busy.emplace_back([&, thread] {
      for (int i = 0; !done; ++i)
        shared.accept(mail(std::to_string(thread) + "-" + std::to_string(i)), "text", noon);
    });
  }
  {
    std::vector<std::jthread> rare;
    for (int thread = 0; thread < 10; ++thread) {
      rare.emplace_back([&, thread] {
        for (int i = 0; i < 5; ++i) {
          const auto error = error_of([&] {
            Queue own(folder.queue());
            own.accept(mail("rare" + std::to_string(thread) + "-" + std::to_string(i)), "text", noon);
          });
          if (error) ++failed;
        }
      });
    }
  }
  done = true;
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace mailqueue::test::many_test
