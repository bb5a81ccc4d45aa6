#pragma once
// What a call moves, by who is at its two ends: post offices, or a post office and the machine of a person.

#include "mailroom.h"

#include <external/session/session.h>

namespace external::engine {

/// For one session. Used on the engine's thread.
class Rooms {
 public:
  virtual ~Rooms() = default;

  /// Fills in what the session says at its start. Before the session.
  virtual Task<> prepare(session::Options&) { co_return; }

  virtual session::Outbox& outbox() = 0;
  virtual session::Inbox& inbox() = 0;

  /// The session has ended by itself.
  virtual Task<> finish() { co_return; }

  /// The other end has said that its disk is full; it was offered nothing more.
  virtual bool peer_is_full() const { return false; }
};

/// A session with the post office `peer`; at most `most` messages go out. References outlive it.
std::unique_ptr<Rooms> rooms_for_office(MailStore& store, const std::string& peer,
                                        std::optional<unsigned> most);

/// A session that the owner of a mailbox here has called for; `address` is NETWORK/POSTOFFICE/MAILBOX.
std::unique_ptr<Rooms> rooms_for_owner(MailStore& store, const asio::any_io_executor& executor,
                                       const std::string& address);

/// What a call from the machine of a person asks for.
struct CollectionWish {
  session::Wish wish = {};    ///< without what is there already
  bool tell_deleted = false;  ///< what was deleted there is to be deleted at the post office
};

/// A session of the machine of a person with the post office `peer`.
std::unique_ptr<Rooms> rooms_for_collecting(MailStore& store, const std::string& peer, CollectionWish wish,
                                            std::optional<unsigned> most);

}  // namespace external::engine
