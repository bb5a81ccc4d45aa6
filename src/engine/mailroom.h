#pragma once
// The queue as a session sees it: what goes to one post office, and what comes from it.

#include "incoming_mail.h"
#include "outgoing_mail.h"

namespace external::engine {

class Mailroom final : public OutgoingMail, public IncomingMail {
 public:
  /// For a session with the post office `peer`. The store must outlive it and everything it hands out.
  /// At most `most` messages go out.
  Mailroom(MailStore& store, const std::string& peer, std::optional<unsigned> most = {})
      : OutgoingMail(store, peer, most), IncomingMail(store, peer) {}
};

}  // namespace external::engine
