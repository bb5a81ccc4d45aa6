#pragma once
// The queue as a session sees it when it sends: what waits for one post office.

#include "mail_store.h"

#include <external/session/mailroom.h>

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

 private:
  class Letter;

  // On the worker:
  session::Waiting take(mailqueue::Queue& queue, Room room);
  void take_picked(mailqueue::Queue& queue, Room& room, session::OutgoingMessages& messages);
  bool wants_more(const Room& room, bool fresh, bool found_nothing) const;
  void pick(mailqueue::Queue& queue, std::size_t limit);
  std::shared_ptr<Letter> start(mailqueue::Queue& queue, mailqueue::Work work);

  MailStore& store_;
  std::string peer_;
  std::optional<unsigned> left_;             ///< of the messages that may go out; nothing: all may
  std::deque<mailqueue::Work> picked_;       ///< queued still, in the order of the queue
  std::size_t known_before_ = 0;             ///< of priorities below this one all that waited was picked
  std::set<mailqueue::MessageId> put_back_;  ///< in this session: nothing is offered twice in one call
};

}  // namespace external::engine
