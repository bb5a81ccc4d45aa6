#include <mailqueue/envelope.h>

#include <algorithm>

namespace mailqueue {

std::string_view name(Priority priority) {
  switch (priority) {
    case Priority::urgent:
      return "urgent";
    case Priority::normal:
      return "normal";
    case Priority::low:
      return "low";
  }
  return "unknown";
}

std::string_view name(State state) {
  switch (state) {
    case State::queued:
      return "queued";
    case State::in_transfer:
      return "in transfer";
    case State::held:
      return "held";
    case State::acknowledged:
      return "acknowledged";
    case State::delivered:
      return "delivered";
    case State::returned:
      return "returned";
    case State::deleted:
      return "deleted";
    case State::quarantined:
      return "quarantined";
  }
  return "unknown";
}

bool Envelope::receipt() const {
  return std::any_of(recipients.begin(), recipients.end(),
                     [](const Recipient& recipient) { return recipient.notify.success; });
}

Time Envelope::expires() const {
  const auto rest = std::chrono::floor<std::chrono::seconds>(Time::max() - std::max(accepted, Time{}));
  return useful_life >= rest ? Time::max() : accepted + useful_life;
}

}  // namespace mailqueue
