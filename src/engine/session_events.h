#pragma once
// What happens in a session, for the logs and for who waits for it.

#include "context.h"

#include <external/session/session.h>

namespace external::engine {

/// Of the call `id` on `instance` with `peer`. `context` must outlive it.
class SessionEvents final : public session::Events {
 public:
  SessionEvents(Context& context, std::string instance, std::string peer, std::string id)
      : context_(context), instance_(std::move(instance)), peer_(std::move(peer)), id_(std::move(id)) {}

  void message_sent(const session::Offer& offer) override;
  void message_received(const session::Offer& offer) override;
  void message_refused(const session::Offer& offer, const session::Refusal& refusal) override;
  void message_not_stored(const session::Offer& offer, const std::string& why) override;

 private:
  void write(const std::string& text) { context_.log.write_of_call(instance_, id_, text); }
  log::MailEntry entry(const session::Offer& offer) const;

  Context& context_;
  std::string instance_;
  std::string peer_;
  std::string id_;
};

}  // namespace external::engine
