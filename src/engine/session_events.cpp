#include "session_events.h"

#include <fmt/format.h>

namespace external::engine {

namespace {

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 10;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

std::string describe(const session::Item& item) {
  if (!item.header) return fmt::format(", item {}", item.number);
  return fmt::format(", header of item {} of {} bytes", item.number, item.size);
}

std::string describe(const session::Offer& offer) {
  const auto& envelope = offer.envelope;
  return fmt::format("{}, {} bytes, from {} to {}", envelope.key, offer.size,
                     envelope.sender.empty() ? "POSTMASTER (a notice)" : envelope.sender,
                     list_of(envelope.recipients)) +
         (envelope.item ? describe(*envelope.item) : std::string());
}

}  // namespace

void SessionEvents::message_sent(const session::Offer& offer) {
  write("Sent " + describe(offer));
  context_.mail_logs.sent(entry(offer));
}

void SessionEvents::message_received(const session::Offer& offer) {
  write("Received " + describe(offer));
  context_.mail_logs.received(entry(offer));
  (context_.mail_arrived ? context_.mail_arrived : context_.look_again)();
}

void SessionEvents::message_refused(const session::Offer& offer, const session::Refusal& refusal) {
  write(fmt::format("Refused by the other end: {}: {}", describe(offer), refusal.text));
  context_.look_again();
}

void SessionEvents::message_not_stored(const session::Offer& offer, const std::string& why) {
  write(fmt::format("Not stored, stays queued: {}: {}", describe(offer), why));
}

log::MailEntry SessionEvents::entry(const session::Offer& offer) const {
  return {offer.size, offer.envelope.sender, offer.envelope.recipients, peer_, offer.envelope.key, id_};
}

}  // namespace external::engine
