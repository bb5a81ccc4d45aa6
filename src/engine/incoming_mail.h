#pragma once
// The queue as a session sees it when it receives.

#include "mail_store.h"

#include <external/engine/reception.h>
#include <external/session/mailroom.h>

namespace external::engine {

class IncomingMail : public session::Inbox {
 public:
  /// For a session with the post office `peer`. The store must outlive it and everything it hands out.
  IncomingMail(MailStore& store, std::string peer) : store_(store), peer_(std::move(peer)) {}

  /// From here on only messages of this sender are taken, NETWORK/POSTOFFICE/MAILBOX.
  void take_only_from(std::string sender) { only_sender_ = std::move(sender); }

  Task<std::vector<Decision>> offered(std::vector<session::Arrival> arrivals) override;
  Task<std::vector<std::string>> append(std::vector<session::Portion> portions, bool durable) override;

 private:
  class Parcel;

  // On the worker:
  bool may_send(const std::string& sender) const;
  Decision decide(mailqueue::Queue& queue, session::Arrival& arrival, WallTime now);
  Decision take(mailqueue::Queue& queue, session::Arrival& arrival, mailqueue::Envelope envelope,
                WallTime now);

  /// Puts a message whose content is all at hand into the queue; returns why not, if that is its own fault.
  std::string accept(mailqueue::Queue& queue, const session::Offer& offer, const Reception& reception,
                     const Bytes& content, WallTime now);

  /// What a message that is in the queue now asks for besides.
  void accepted(mailqueue::Queue& queue, const session::Offer& offer, const Reception& reception,
                const mailqueue::Accepted& result, WallTime now);

  MailStore& store_;
  std::string peer_;
  std::string only_sender_;                        ///< empty: anybody
  std::vector<postoffice::DeliveryEvent> events_;  ///< of the job that runs
};

}  // namespace external::engine
