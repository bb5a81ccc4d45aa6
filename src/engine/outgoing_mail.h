#pragma once
// The queue as a session sees it when it sends: what waits for one post office.

#include "mail_store.h"

#include <external/session/mailroom.h>

#include <array>
#include <deque>
#include <set>

namespace external::engine {

class OutgoingMail : public session::Outbox {
 public:
  /// For a session with the post office `peer`. The store must outlive it and everything it hands out.
  /// It gets at most `most` messages, those that are refused among them.
  OutgoingMail(MailStore& store, std::string peer, std::optional<unsigned> most = {})
      : store_(store), peer_(std::move(peer)), left_(most) {}

  Task<session::Waiting> next(Room room) override;
  Task<> sent(const session::OutgoingMessages& messages) override;
  Task<std::vector<bool>> wanted(const session::OutgoingMessages& messages) override;

  /// The other end has said in this session that its disk is full; it was offered nothing more.
  bool peer_is_full() const { return peer_is_full_; }

 private:
  class Letter;

  // On the worker:
  session::Waiting take(mailqueue::Queue& queue, Room room);
  bool take_lane(mailqueue::Queue& queue, const std::vector<std::string>& destinations, std::size_t priority,
                 std::size_t places, session::OutgoingMessages& messages);
  bool pick(mailqueue::Queue& queue, const std::vector<std::string>& destinations, std::size_t priority,
            std::size_t places);
  std::shared_ptr<Letter> start(mailqueue::Queue& queue, mailqueue::Work work);

  MailStore& store_;
  std::string peer_;
  std::optional<unsigned> left_;  ///< of the messages that may go out; nothing: all may
  std::array<std::deque<mailqueue::Work>, session::priority_count> picked_;  ///< queued still, oldest first
  bool peer_is_full_ = false;
  std::set<mailqueue::MessageId> put_back_;  ///< in this session: nothing is offered twice in one call
};

}  // namespace external::engine
