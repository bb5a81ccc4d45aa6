// Mail from many threads, made durable together.

#include "support.h"

#include <mailqueue/shared_queue.h>

#include <latch>
#include <thread>

namespace mailqueue::test::shared_test {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;

class Shared : public QueueTest {
 protected:
  /// Runs `job(number)` in each of `count` threads.
  template <class Job>
  static void in_threads(int count, Job job) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&job, i] { job(i); });
  }

  SharedQueue shared{folder.queue()};
};

std::string key_of(int thread, int message) {
  return std::to_string(thread) + "-" + std::to_string(message);
}

TEST_F(Shared, EveryThreadsMailIsThereWhenItsCallReturns) {
  constexpr int threads = 8;
  constexpr int each = 50;
  std::vector<int> missing(threads);
  in_threads(threads, [&](int thread) {
    const Queue own(folder.queue());
    for (int i = 0; i < each; ++i) {
      const Accepted accepted = shared.accept(mail(key_of(thread, i)), key_of(thread, i), noon);
      const auto view = accepted.message ? own.show(*accepted.message) : std::nullopt;
      if (!view || view->envelope.key != key_of(thread, i)) ++missing[static_cast<std::size_t>(thread)];
    }
  });
  EXPECT_THAT(missing, Each(0));
  EXPECT_EQ(queue.totals().messages, static_cast<std::uint64_t>(threads * each));
  for (const MessageView& view : queue.list()) EXPECT_EQ(all_of(queue, view.id), view.envelope.key);
}

TEST_F(Shared, ContentOfAnySizeIsTaken) {
  const std::vector<std::size_t> sizes{0, 4096, 65'536, 65'537, 3'000'000};
  in_threads(static_cast<int>(sizes.size()), [&](int thread) {
    const std::size_t size = sizes[static_cast<std::size_t>(thread)];
    shared.accept(mail(std::to_string(size)), pattern(size), noon);
  });
  EXPECT_THAT(queue.list(), SizeIs(sizes.size()));
  for (const MessageView& view : queue.list()) {
    EXPECT_EQ(all_of(queue, view.id), pattern(std::stoul(view.envelope.key))) << view.envelope.key;
  }
}

TEST_F(Shared, TheSameMessageFromAllIsAcceptedOnce) {
  constexpr int threads = 8;
  std::vector<std::size_t> recipients(threads);
  in_threads(threads, [&](int thread) {
    recipients[static_cast<std::size_t>(thread)] = shared.accept(mail("k1"), "text", noon).recipients;
  });
  EXPECT_THAT(recipients, testing::UnorderedElementsAre(1u, 0u, 0u, 0u, 0u, 0u, 0u, 0u));
  EXPECT_EQ(queue.totals().messages, 1u);
}

TEST_F(Shared, OneThatCannotBeAcceptedStopsNoOther) {
  SharedQueue small(folder.queue(), {.max_pages = 200});
  constexpr int threads = 6;
  constexpr int sick = 3;
  const std::string too_large = pattern(900'000);
  std::vector<std::optional<ErrorKind>> errors(threads);
  std::latch ready(threads);
  // While the lock is held they gather, to be made durable together.
  Batch lock(queue);
  in_threads(threads + 1, [&](int thread) {
    if (thread == threads) {
      ready.wait();
      for (int i = 0; i < 200; ++i) queue.accept(mail("k1"), "text", noon);
      return lock.commit();
    }
    ready.count_down();
    errors[static_cast<std::size_t>(thread)] = error_of([&] {
      small.accept(mail(std::to_string(thread)), thread == sick ? too_large : std::string("text"), noon);
    });
  });
  for (int thread = 0; thread < threads; ++thread) {
    const auto expected = thread == sick ? std::optional(ErrorKind::full) : std::nullopt;
    EXPECT_EQ(errors[static_cast<std::size_t>(thread)], expected) << thread;
  }
  EXPECT_EQ(queue.totals().messages, static_cast<std::uint64_t>(threads)) << "and k1";
}

TEST_F(Shared, TheLogDoesNotGrowForEver) {
  const std::filesystem::path log = folder.queue().string() + "-wal";
  const std::string content = pattern(60'000);
  constexpr int most = 5000;
  std::uintmax_t size = 0;
  int unchanged = 0;
  int messages = 0;
  // Once the log has been copied back it is written from its begin again, which does not make it longer.
  for (; messages < most && unchanged < 20; ++messages) {
    shared.accept(mail(std::to_string(messages)), content, noon);
    const std::uintmax_t now = std::filesystem::file_size(log);
    unchanged = now == size ? unchanged + 1 : 0;
    size = now;
  }
  EXPECT_LT(messages, most);
}

TEST_F(Shared, AnEnvelopeThatBreaksTheRulesIsRefusedAtOnce) {
  EXPECT_EQ(error_of([&] { shared.accept(mail(""), "text", noon); }), ErrorKind::misuse);
  EXPECT_THAT(queue.list(), IsEmpty());
}

}  // namespace
}  // namespace mailqueue::test::shared_test
