#pragma once
// A mailbox as a session sees it whose other end is the machine of its owner.

#include "item_choice.h"
#include "mail_store.h"

#include <external/base/async.h>
#include <external/session/mailroom.h>

#include <deque>

namespace external::engine {

/// Waits for the wish, then makes the changes it tells of and offers what it asks for. Nothing is removed or
/// noted when an item has arrived: the machine that has it will say so in its next wish. So every machine of
/// one person gets everything, and a message counts as fetched when it is durable there and no moment sooner.
class MailboxOutbox final : public session::Outbox {
 public:
  /// For the mailbox in `maildir` with the address NETWORK/POSTOFFICE/MAILBOX. The store must outlive it and
  /// everything it hands out.
  MailboxOutbox(MailStore& store, const asio::any_io_executor& executor, std::filesystem::path maildir,
                std::string address);

  Task<session::Waiting> next(Room room) override;
  Task<> sent(const session::OutgoingMessages&) override { co_return; }
  Task<std::vector<bool>> wanted(const session::OutgoingMessages& messages) override;
  void wished(session::Wish wish) override;

 private:
  class Letter;

  // On the worker:
  session::Stock prepare();
  void make_changes(std::vector<MailboxItem>& items) const;
  session::OutgoingMessages take(std::size_t most);

  MailStore& store_;
  std::filesystem::path maildir_;
  std::string address_;
  session::Wish wish_;
  Event wish_known_;
  std::optional<session::Stock> stock_;  ///< once it is known
  std::deque<ChosenItem> chosen_;        ///< to be offered
};

}  // namespace external::engine
