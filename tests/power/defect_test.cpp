// Defects of the original that showed when something died half way, each by the number of its article.

#include "each_kill.h"
#include "ledger.h"

#include <external/postoffice/delivery.h>

namespace external::test::defect_test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t size = 30'000;
const std::string key = "0123@SOUTH/HUB";
const std::string bob = "NORTH/CLINIC/BOB";

mailqueue::Accepted accept(const fs::path& root) {
  mailqueue::Queue queue(root / "queue.db");
  queue.recover(noon);
  mailqueue::Envelope envelope;
  envelope.key = key;
  envelope.sender = sender;
  envelope.recipients = {{bob, "NORTH/CLINIC"}};
  envelope.accepted = noon;
  return queue.accept(envelope, "Subject: x\n\n" + std::string(size, 'x'), noon);
}

std::vector<postoffice::DeliveryEvent> deliver(const fs::path& root) {
  mailqueue::Queue queue(root / "queue.db");
  queue.recover(noon);
  // Whatever time the next start needs: nothing is postponed beyond it.
  return postoffice::LocalDelivery(queue, root / "mail", home_book)
      .deliver_due(noon + std::chrono::hours(1), 10);
}

void prepare_mail(const fs::path& root) {
  postoffice::Mailboxes(root / "mail").add("BOB");
  accept(root);
}

void expect_one_whole_copy(const fs::path& root) {
  std::size_t copies = 0;
  for (const auto& file : fs::directory_iterator(root / "mail" / "BOB" / "new")) {
    ++copies;
    EXPECT_TRUE(read_file(file.path()).ends_with("\n\n" + std::string(size, 'x')));
  }
  EXPECT_EQ(copies, 1u);
}

void expect_nothing_queued(const fs::path& root) {
  EXPECT_EQ(mailqueue::Queue(root / "queue.db").totals().messages, 0u);
}

TEST(Defect, Q136379_WhatWasDeliveredIsNotReportedAsLost) {
  after_each_kill(prepare_mail, deliver, deliver, std::nullopt, [](const fs::path& root) {
    expect_one_whole_copy(root);
    expect_nothing_queued(root);  // nor a notice
  });
}

TEST(Defect, Q136004_ADeliveryThatIsCutShortLeavesNoSecondAndNoShortCopy) {
  for (const auto loss : {Loss::everything, Loss::some, Loss::torn}) {
    after_each_kill(prepare_mail, deliver, deliver, loss, [](const fs::path& root) {
      expect_one_whole_copy(root);
      expect_nothing_queued(root);
    });
  }
}

TEST(Defect, Q120220_WhatTheSenderCouldNotMarkAsSentArrivesOnce) {
  const auto nothing = [](const fs::path&) {};
  after_each_kill(nothing, accept, accept, std::nullopt, [](const fs::path& root) {
    EXPECT_EQ(mailqueue::Queue(root / "queue.db").totals().messages, 1u);
    EXPECT_EQ(accept(root).recipients, 0u);
  });
}

}  // namespace
}  // namespace external::test::defect_test
