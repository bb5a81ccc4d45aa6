// What is kept of calls that failed.

#include "support.h"

namespace mailqueue::test::call_record_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using CallRecords = QueueTest;

CallRecord busy(const std::string& post_office) {
  return {post_office, 3, 2, "busy", "BUSY.", noon, noon + 90 * second, true};
}

TEST_F(CallRecords, AreKeptReplacedAndForgotten) {
  EXPECT_FALSE(queue.call_record("SOUTH/HUB"));
  queue.keep_call(busy("SOUTH/HUB"));
  queue.keep_call(busy("EAST/HUB"));
  auto later = busy("SOUTH/HUB");
  later.failures = 4;
  queue.keep_call(later);
  EXPECT_THAT(Queue(folder.queue()).call_records(), ElementsAre(busy("EAST/HUB"), later));
  EXPECT_TRUE(queue.forget_call("SOUTH/HUB"));
  EXPECT_FALSE(queue.forget_call("SOUTH/HUB"));
  EXPECT_THAT(queue.call_records(), ElementsAre(busy("EAST/HUB")));
  EXPECT_EQ(error_of([&] { queue.keep_call({}); }), ErrorKind::misuse);
}

TEST_F(CallRecords, ChangeTogetherWithTheTriesOfMailOrNotAtAll) {
  queue.accept(mail("k1"), "text", noon);
  const auto fail = [&] {
    queue.batch([&] {
      queue.keep_call(busy("SOUTH/HUB"));
      queue.fail_due({"SOUTH/HUB"}, "BUSY.", noon + 90 * second, true, noon);
      throw std::runtime_error("the program dies");
    });
  };
  EXPECT_THROW(fail(), std::runtime_error);
  EXPECT_THAT(queue.call_records(), IsEmpty());
  EXPECT_EQ(queue.list().at(0).recipients.at(0).attempts, 0);
}

TEST_F(CallRecords, MailOfADestinationIsDueAgain) {
  queue.accept(mail("k1"), "text", noon);
  queue.accept(mail("k2", {{"EAST/HUB/X", "EAST/HUB"}}), "text", noon);
  queue.fail_due({"SOUTH/HUB", "EAST/HUB"}, "BUSY.", noon + 3600 * second, true, noon);
  EXPECT_EQ(queue.retry_all({"SOUTH/HUB"}, noon), 1u);
  EXPECT_EQ(queue.retry_all({"SOUTH/HUB"}, noon), 0u);
  EXPECT_THAT(keys_of(queue.pick({"SOUTH/HUB", "EAST/HUB"}, noon, 9)), ElementsAre("k1"));
}

}  // namespace
}  // namespace mailqueue::test::call_record_test
