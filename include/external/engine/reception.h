#pragma once
// What accepting a message from outside asks for besides putting it into the queue: groups are expanded, and
// recipients that mail cannot go to are told to the sender while the others get theirs.

#include <external/engine/directory.h>
#include <external/postoffice/delivery.h>

namespace external::engine {

/// One message on its way into the queue. On the worker.
class Reception {
 public:
  /// `known`: recipients that have the message already. Obstacles are looked for at this moment; a notice
  /// meets none, and what it cannot do shows later.
  Reception(std::shared_ptr<const Directory> directory, const mailqueue::Queue& queue,
            mailqueue::Envelope envelope, std::uint64_t size, const std::vector<std::string>& known);

  /// With the members of groups.
  const mailqueue::Envelope& envelope() const { return envelope_; }

  /// The first obstacle if there is one for each recipient, so that the message need not come at all.
  const Obstacle* refusal() const;

  /// To be called in the batch that accepted the message as `message`: closes the groups, and returns it for
  /// those recipients that it cannot go to. Events as of return_mail().
  std::vector<postoffice::DeliveryEvent> settle(mailqueue::Queue& queue, mailqueue::MessageId message,
                                                WallTime now) const;

 private:
  bool is_group(const std::string& address) const;

  std::shared_ptr<const Directory> directory_;
  mailqueue::Envelope envelope_;
  std::vector<std::string> groups_;  ///< addresses that were expanded
  std::vector<Obstacle> obstacles_;  ///< one for each destination that has one
  bool all_blocked_ = false;
};

}  // namespace external::engine
