#include "receiver.h"

#include <external/modem/modem.h>

namespace external::modem {

namespace {

/// How often the ring line is looked at while no byte comes.
constexpr Duration ring_line_period = std::chrono::milliseconds(200);

}  // namespace

Modem::Modem(std::unique_ptr<line::Line> device, Script script, Clock& clock, ScriptEvents& events,
             ModemOptions options)
    : device_(std::move(device)),
      script_(std::move(script)),
      clock_(clock),
      options_(options),
      player_(*device_, clock, events, options.player),
      speed_(device_->speed()) {}

Modem::~Modem() = default;

Task<Outcome> Modem::initialize() {
  session_.reset();
  co_await settle();
  auto outcome = co_await player_.play(script_, Procedure::initialize);
  state_ = outcome.ok() ? State::idle : State::unknown;
  if (outcome.ok()) speed_ = device_->speed();
  co_return outcome;
}

Task<Outcome> Modem::call(CallRequest request) {
  call_script_ = std::move(request.script);
  const bool other = call_script_ && call_script_->has(Procedure::call);
  co_await settle();
  apply_speed();
  state_ = State::unknown;
  Variables variables(std::move(request.number), std::move(request.dial_mode), options_.listen);
  auto outcome =
      co_await player_.play(other ? *call_script_ : script_, Procedure::call, std::move(variables));
  open_session(outcome);
  co_return outcome;
}

Task<error_code> Modem::wait_for_ring(TimePoint deadline) {
  Receiver& receiver = player_.receiver();
  for (;;) {
    if (!receiver.empty() || receiver.ring_hidden()) co_return error_code();
    const auto lines = device_->control_lines();
    if (lines && lines->ring) co_return error_code();
    const TimePoint look = lines ? std::min(deadline, clock_.now() + ring_line_period) : deadline;
    const auto error = co_await receiver.fill(look);
    if (error && (error != asio::error::timed_out || clock_.now() >= deadline)) co_return error;
  }
}

Task<Outcome> Modem::answer() {
  apply_speed();
  player_.receiver().unhide_ring();
  player_.receiver().merge_rings();
  const State before = std::exchange(state_, State::unknown);
  Variables variables({}, "T", options_.listen);
  auto outcome = co_await player_.play(script_, Procedure::answer, std::move(variables));
  // The usual end: no one called.
  if (outcome.ended == Ended::returned && outcome.code == ReturnCode::no_answer) state_ = before;
  open_session(outcome);
  co_return outcome;
}

bool Modem::ring_pending() const {
  return player_.receiver().ring_hidden();
}

Task<Outcome> Modem::disconnect() {
  co_return co_await hang_up(Duration::max());
}

Task<Outcome> Modem::hang_up(Duration limit) {
  // What a lost call has left unsent would only stand in the way of the commands.
  const bool call_stands = session_ && !session_->carrier_lost();
  if (!call_stands) device_->discard_output();
  session_.reset();
  state_ = State::unknown;
  const bool other = call_script_ && call_script_->has(Procedure::disconnect);
  player_.receiver().clear();
  auto outcome =
      co_await player_.play(other ? *call_script_ : script_, Procedure::disconnect, Variables(), limit);
  call_script_.reset();
  if (outcome.ended != Ended::returned || outcome.code != ReturnCode::ok) {
    co_await pulse_dtr();
  }
  co_return outcome;
}

Task<Outcome> Modem::reset() {
  session_.reset();
  co_await settle();
  apply_speed();
  auto outcome = co_await player_.play(script_, Procedure::reset);
  state_ = outcome.ok() ? State::idle : State::unknown;
  co_return outcome;
}

Task<> Modem::release(Duration bound) {
  // Whatever happens from here on, the device is given back.
  struct Close {
    line::Line& device;
    ~Close() {
      device.set_dtr(false);
      device.close();
    }
  } close{*device_};
  // Room is kept for two pauses with DTR low: after a script that failed to hang up, and at the end.
  const TimePoint end = clock_.now() + bound - 2 * options_.dtr_low;
  const auto left = [&] { return std::max(end - clock_.now(), Duration::zero()); };
  if (state_ != State::idle) {
    co_await hang_up(left());
  }
  apply_speed();
  co_await player_.play(script_, Procedure::reset, Variables(), left());
  if (!device_->set_dtr(false)) {
    co_await clock_.wait_for(options_.dtr_low);
  }
}

Task<> Modem::settle() {
  Receiver& receiver = player_.receiver();
  const TimePoint limit = clock_.now() + options_.settle_limit;
  while (clock_.now() < limit) {
    const auto error = co_await receiver.fill(std::min(limit, clock_.now() + options_.settle));
    if (error) break;  // silence, or a failure that the procedure will report
  }
  receiver.clear();
}

Task<> Modem::pulse_dtr() {
  device_->discard_output();
  if (device_->set_dtr(false)) {
    co_return;
  }
  co_await clock_.wait_for(options_.dtr_low);
  device_->set_dtr(true);
}

void Modem::apply_speed() {
  if (speed_ != 0 && device_->speed() != speed_) device_->set_speed(speed_);
}

void Modem::open_session(const Outcome& outcome) {
  if (!outcome.connected()) return;
  state_ = State::in_call;
  session_.emplace(*device_, clock_, player_.take_unread(), outcome.connect.empty());
}

}  // namespace external::modem
