// A program is killed half way, the next one goes on and makes a promise, and then power is lost: what the
// first one had not waited for must not take the promise of the second along.

#include "each_kill.h"
#include "ledger.h"
#include "temp_folder.h"

#include <external/postoffice/mailbox.h>

#include <gtest/gtest.h>

namespace external::test::killed_before_test {
namespace {

namespace fs = std::filesystem;

void loss_after_each_kill(const Act& first, const Act& then, const Act& kept) {
  after_each_kill([](const fs::path&) {}, first, then, Loss::everything, kept);
}

void accept(const fs::path& root, const std::string& key, std::size_t size) {
  mailqueue::Queue queue(root / "queue.db", {.memory = 10'000});
  mailqueue::Envelope envelope;
  envelope.key = key;
  envelope.recipients = {{"SOUTH/HUB/BOB", "SOUTH/HUB"}};
  envelope.accepted = noon;
  queue.accept(envelope, std::string(size, 'x'), noon);
}

Act keeps(const std::string& key, std::size_t size) {
  return [key, size](const fs::path& root) {
    mailqueue::Queue queue(root / "queue.db");
    ASSERT_NO_THROW(queue.check());
    std::set<std::string> keys;
    for (const auto& view : queue.list()) {
      keys.insert(view.envelope.key);
      EXPECT_EQ(queue.read(view.id, 0, size), std::string(view.size, 'x'));
    }
    EXPECT_TRUE(keys.contains(key));
  };
}

TEST(KilledBefore, TheNameOfAQueueIsDurableWhoeverMadeIt) {
  loss_after_each_kill([](const fs::path& root) { accept(root, "k1", 100); },
                       [](const fs::path& root) { accept(root, "k2", 100); }, keeps("k2", 100));
}

TEST(KilledBefore, TheFolderOfLargeContentsIsDurableWhoeverMadeIt) {
  loss_after_each_kill([](const fs::path& root) { accept(root, "k1", 30'000); },
                       [](const fs::path& root) { accept(root, "k2", 40'000); }, keeps("k2", 40'000));
}

TEST(KilledBefore, AMailboxIsDurableWhoeverMadeIt) {
  const auto add = [](const fs::path& root) { postoffice::Mailboxes(root / "mail").add("BOB"); };
  loss_after_each_kill(
      add, add, [](const fs::path& root) { EXPECT_TRUE(postoffice::Mailboxes(root / "mail").find("BOB")); });
}

TEST(KilledBefore, MailInAMailboxIsDurableWhoeverMadeIt) {
  const auto deliver = [](const fs::path& root) {
    postoffice::Maildir(root / "mail" / "BOB").deliver("name", "", postoffice::content_of("text"));
  };
  loss_after_each_kill(
      [](const fs::path& root) { postoffice::Mailboxes(root / "mail").add("BOB"); }, deliver,
      [](const fs::path& root) { EXPECT_EQ(read_file(root / "mail" / "BOB" / "new" / "name"), "text"); });
}

}  // namespace
}  // namespace external::test::killed_before_test
