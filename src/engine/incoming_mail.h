#pragma once
// The queue as a session sees it when it receives.

#include "mail_store.h"

#include <external/session/mailroom.h>

namespace external::engine {

class IncomingMail : public session::Inbox {
 public:
  /// The store must outlive it and everything it hands out.
  explicit IncomingMail(MailStore& store) : store_(store) {}

  Task<std::vector<Decision>> offered(std::vector<session::Arrival> arrivals) override;
  Task<std::vector<std::string>> append(std::vector<session::Portion> portions, bool durable) override;

 private:
  class Parcel;

  // On the worker:
  Decision decide(mailqueue::Queue& queue, session::Arrival& arrival, WallTime now);
  Decision take(mailqueue::Queue& queue, session::Arrival& arrival, const mailqueue::Envelope& envelope,
                WallTime now);

  MailStore& store_;
};

}  // namespace external::engine
