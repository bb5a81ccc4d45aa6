// Time on the line, and whose mail waits.

#include "support.h"

namespace mailqueue::test::line_time_test {
namespace {

using namespace std::chrono_literals;

TEST(LineTime, AddsUpByDestinationAndDayAndOutlivesTheProgram) {
  const Folder folder;
  {
    Queue queue(folder.queue());
    queue.add_line_time("SOUTH/HUB", 20000, 30s);
    queue.add_line_time("SOUTH/HUB", 20000, 1500ms);
    queue.add_line_time("SOUTH/HUB", 19999, 60s);
    queue.add_line_time("EAST/HUB", 20000, 5s);
  }
  const Queue queue(folder.queue());
  const auto all = queue.line_time(20000);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].destination, "EAST/HUB");
  EXPECT_EQ(all[1].time, 31500ms);
  EXPECT_EQ(queue.line_time(19999).size(), 3u);
}

TEST(LineTime, IsForgottenInTheEnd) {
  const Folder folder;
  Queue queue(folder.queue());
  queue.add_line_time("SOUTH/HUB", 1, 30s);
  queue.add_line_time("SOUTH/HUB", 100, 30s);
  queue.prune(Time(std::chrono::hours(24 * 101)));
  EXPECT_EQ(queue.line_time(0).size(), 1u);
}

TEST(MailFromHere, IsToldFromMailInTransit) {
  const Folder folder;
  Queue queue(folder.queue());
  auto transit = mail("k1");
  transit.hops = {"EAST/HUB"};
  const auto destination = transit.recipients.front().destination;
  queue.accept(transit, "text", noon);
  EXPECT_FALSE(queue.has_mail_from_here(destination));
  const auto own = queue.accept(mail("k2"), "text", noon);
  EXPECT_TRUE(queue.has_mail_from_here(destination));
  queue.hold(*own.message, noon);
  EXPECT_FALSE(queue.has_mail_from_here(destination));
}

}  // namespace
}  // namespace mailqueue::test::line_time_test
