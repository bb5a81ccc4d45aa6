// What went wrong in the queue of the original, by the articles that tell of it.

#include "support.h"

#include <sqlite3.h>

#include <fstream>
#include <set>
#include <thread>

#include <unistd.h>

namespace mailqueue::test::defect_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Two programs sharing one counter gave the same number to two messages.
TEST(Defect, Q99204_NoNumberIsGivenTwice) {
  const Folder folder;
  constexpr int programs = 4;
  constexpr int mails = 25;
  std::vector<std::set<MessageId>> given(programs);
  {
    std::vector<std::jthread> threads;
    for (int program = 0; program < programs; ++program) {
      threads.emplace_back([&, program] {
        Queue queue(folder.queue(), {.busy_timeout = std::chrono::seconds(60)});
        for (int i = 0; i < mails; ++i) {
          const auto key = std::to_string(program) + "-" + std::to_string(i);
          const auto message = *queue.accept(mail(key), "text", noon).message;
          given[static_cast<std::size_t>(program)].insert(message);
          if (i % 2 == 0) queue.remove(message, noon);
        }
      });
    }
  }
  std::set<MessageId> all;
  for (const auto& numbers : given) all.insert(numbers.begin(), numbers.end());
  EXPECT_EQ(all.size(), std::size_t{programs * mails});
}

TEST(Defect, Q117152_AQueueThatCannotBeWrittenIsNotCalledLocked) {
  const Folder folder;
  Queue{folder.queue()};
  using std::filesystem::perms;
  std::filesystem::permissions(folder.queue(), perms::owner_read | perms::group_read | perms::others_read);
  std::filesystem::permissions(folder.path(), perms::all);
  const uid_t before = ::geteuid();
  if (before == 0 && ::seteuid(65534) != 0) GTEST_SKIP() << "no ordinary user";
  std::string text;
  try {
    Queue{folder.queue()};
  } catch (const Error& error) {
    text = error.what();
  }
  ASSERT_EQ(::seteuid(before), 0);
  EXPECT_THAT(text, HasSubstr("make the file and its folder writable for this user"));
}

TEST(Defect, Q194603_AnEnvelopeWithoutRecipientsIsRefused) {
  const Folder folder;
  Queue queue(folder.queue());
  EXPECT_EQ(error_of([&] { queue.accept(mail("k1", {}), "text", noon); }), ErrorKind::misuse);
  EXPECT_THAT(queue.list(), IsEmpty());
}

// A date that could not be read stopped the program, and again at every start.
TEST(Defect, Q170137_AnyDateIsTaken) {
  const Folder folder;
  Queue queue(folder.queue());
  for (const Time date : {Time::min(), Time(), Time::max(), noon + std::chrono::hours(24 * 365 * 200)}) {
    auto envelope = mail("k" + std::to_string(date.time_since_epoch().count()));
    envelope.accepted = date;
    envelope.useful_life = std::chrono::hours(24);
    queue.accept(envelope, "text", noon);
  }
  queue.overdue(noon, 10);
  queue.list();
  EXPECT_EQ(queue.pick({"SOUTH/HUB"}, noon, 10).size(), 4u);
  Queue again(folder.queue());
  EXPECT_EQ(again.pick({"SOUTH/HUB"}, noon, 10).size(), 4u);
}

TEST(Defect, Q103421_FilesThatBelongToNothingAreRemoved) {
  const Folder folder;
  Queue queue(folder.queue());
  auto writer = queue.partial("t1", 2 << 20, noon);
  writer.append(pattern(2 << 20));
  const auto message = *writer.commit(mail("k1"), noon).message;
  const auto contents = folder.path() / "queue.db-content";
  std::ofstream(contents / "left-behind") << "x";
  queue.prune(noon);
  EXPECT_FALSE(std::filesystem::exists(contents / "left-behind"));
  EXPECT_EQ(all_of(queue, message).size(), std::size_t{2 << 20});
}

}  // namespace
}  // namespace mailqueue::test::defect_test
