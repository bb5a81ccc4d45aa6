#pragma once
// The queue as a session sees it: what goes to one post office, and what comes from it.

#include "mail_store.h"

#include <external/session/mailroom.h>

#include <set>

namespace external::engine {

class Mailroom final : public session::Outbox, public session::Inbox {
 public:
  /// For a session with the post office `peer`. The store must outlive it and everything it hands out.
  Mailroom(MailStore& store, std::string peer) : store_(store), peer_(std::move(peer)) {}

  Task<std::unique_ptr<session::Outgoing>> next() override;
  Task<Decision> offered(const session::Offer& offer) override;

 private:
  Task<> pick_more();

  MailStore& store_;
  std::string peer_;
  std::deque<mailqueue::Work> picked_;
  std::set<mailqueue::MessageId> handed_out_;  ///< in this session: nothing is offered twice in one call
};

}  // namespace external::engine
