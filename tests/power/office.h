#pragma once
// A post office at work: whatever a program does to its queue and its mailboxes, in any order.

#include "ledger.h"

#include <external/postoffice/delivery.h>

#include <random>
#include <string_view>

namespace external::test {

class Office {
 public:
  /// Promises are entered into `ledger`, which must outlive it. `told_early`: senders are told before their
  /// mail is durable.
  Office(std::filesystem::path folder, Ledger& ledger, std::mt19937& random, bool told_early = false);

  /// One thing.
  void work();

  /// Everything that waits here goes where it must.
  void finish();

  mailqueue::Queue& queue() { return *queue_; }
  std::string_view doing() const { return doing_; }

 private:
  std::string new_mail(int batch);
  void accept();
  void accept_batch();
  void receive();
  void deliver();
  void transfer();
  void return_one();
  void make_mailbox();
  void reopen();
  void copy_log_back();

  std::filesystem::path folder_;
  Ledger& ledger_;
  std::mt19937& random_;
  bool told_early_;
  std::optional<mailqueue::Queue> queue_;
  std::optional<postoffice::LocalDelivery> delivery_;
  std::string_view doing_ = "opening the queue";
};

}  // namespace external::test
