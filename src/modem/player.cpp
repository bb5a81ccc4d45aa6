#include "performance.h"

#include <external/modem/player.h>

namespace external::modem {

namespace {

/// What a script without this procedure does: nothing. Only a call cannot be made that way.
Outcome absent(const Script& script, Procedure procedure) {
  Outcome outcome;
  outcome.ended = Ended::absent;
  outcome.text = script.file() + " has no " + std::string(name_of(procedure)) + " procedure";
  switch (procedure) {
    case Procedure::call:
      outcome.code = ReturnCode::error;
      break;
    case Procedure::answer:
      outcome.code = ReturnCode::no_answer;
      break;
    default:
      outcome.code = ReturnCode::ok;
  }
  return outcome;
}

}  // namespace

Duration PlayerOptions::limit(Procedure procedure) const {
  switch (procedure) {
    case Procedure::initialize:
      return initialize_limit;
    case Procedure::call:
      return call_limit;
    case Procedure::answer:
      return answer_limit;
    case Procedure::disconnect:
      return disconnect_limit;
    case Procedure::reset:
      return reset_limit;
  }
  return initialize_limit;
}

Player::Player(line::Line& device, Clock& clock, ScriptEvents& events, PlayerOptions options)
    : device_(device),
      clock_(clock),
      events_(events),
      options_(options),
      receiver_(std::make_unique<Receiver>(device, clock, [this](std::string_view text) { show(text); })),
      secrets_(std::make_unique<Secrets>()) {}

Player::~Player() = default;

Task<Outcome> Player::play(Script script, Procedure procedure, Variables variables, Duration limit) {
  if (!script.has(procedure)) co_return absent(script, procedure);
  events_.started(procedure);
  const Stage stage{device_, clock_, events_, options_, *receiver_, user_variables_, *secrets_};
  const TimePoint deadline = clock_.now() + std::min(limit, options_.limit(procedure));
  Performance performance(stage, script.program(), procedure, variables, deadline);
  co_return co_await performance.run();
}

void Player::show(std::string_view received) const {
  events_.received(secrets_->hide(received));
}

std::string Player::take_unread() {
  return receiver_->take();
}

}  // namespace external::modem
