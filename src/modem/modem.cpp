#include "answer_register.h"
#include "observer.h"
#include "receiver.h"
#include "turn.h"

#include <external/base/guard.h>
#include <external/base/text.h>
#include <external/modem/modem.h>

namespace external::modem {

namespace {

using namespace std::chrono_literals;

constexpr Duration look_period = 50ms;     ///< while a carrier should fall
constexpr Duration carrier_delay = 1s;     ///< a modem may take to drop it
constexpr Duration escape_guard = 1200ms;  ///< silence around +++
constexpr Duration command_limit = 1s;     ///< for an answer to a command of our own

}  // namespace

Modem::Modem(std::unique_ptr<line::Line> device, Script script, Clock& clock, ScriptEvents& events,
             ModemOptions options)
    : device_(std::move(device)),
      script_(std::move(script)),
      clock_(clock),
      options_(options),
      events_(std::make_unique<Observer>(events)),
      player_(*device_, clock, *events_, options.player),
      turn_(std::make_unique<Turn>()),
      speed_(device_->speed()),
      rings_(options.rings),
      speaks_at_(speaks_at(script_)) {}

Modem::~Modem() = default;

void Modem::use(Script script) {
  script_ = std::move(script);
  speaks_at_ = speaks_at(script_);
}

Task<Outcome> Modem::initialize() {
  const Turn::Hold turn = co_await turn_->take();
  co_return co_await play_initialize();
}

Task<Outcome> Modem::play_initialize() {
  session_.reset();
  device_->set_dtr(true);  // modems that see it low do not answer (Q209077)
  co_await settle();
  if (guarded("R39")) apply_speed();
  auto outcome = co_await player_.play(script_, Procedure::initialize);
  state_ = outcome.ok() ? State::idle : State::unknown;
  if (!outcome.ok()) co_return outcome;
  speed_ = device_->speed();
  mark_.reset();
  if (speaks_at_) co_await switch_off_automatic_answer();
  const bool is_checked = mark_ && options_.idle_check > Duration::zero() && guarded("R30");
  next_check_ = is_checked ? clock_.now() + options_.idle_check : never;
  const auto seen = lines();
  if (seen && options_.carrier_detect && speaks_at_ && seen->carrier && !carrier_moves_) {
    note_once(
        "The carrier line (DCD) is on although no call stands: the modem forces it (AT&C1 cures that) or the "
        "cable does. Until it falls, the end of a call is noticed by NO CARRIER or by silence.");
  }
  co_return outcome;
}

Task<Outcome> Modem::call(CallRequest request) {
  const Turn::Hold turn = co_await turn_->take();
  events_->forget();
  co_await settle();
  const bool rings = player_.receiver().ring_hidden() || rings_.is_ringing(clock_.now()) || ring_line_rose_;
  if (answers() && rings && guarded("R41")) {
    Outcome outcome;
    outcome.ended = Ended::call_waiting;
    outcome.text = "someone calls at this moment; that call goes first";
    co_return outcome;
  }
  lines();
  forget_rings();
  call_script_ = std::move(request.script);
  const bool other = call_script_ && call_script_->has(Procedure::call);
  if (guarded("R39")) apply_speed();
  state_ = State::unknown;
  Variables variables(std::move(request.number), std::move(request.dial_mode), options_.listen);
  auto outcome =
      co_await player_.play(other ? *call_script_ : script_, Procedure::call, std::move(variables));
  if (outcome.connected()) {
    open_session(outcome, player_.take_unread());
  } else {
    note_unless_connected(outcome);
  }
  co_return outcome;
}

Task<Outcome> Modem::answer() {
  const Turn::Hold turn = co_await turn_->take();
  if (guarded("R39")) apply_speed();
  player_.receiver().unhide_ring();
  events_->forget();
  forget_rings();
  const State before = std::exchange(state_, State::unknown);
  Variables variables({}, "T", options_.listen);
  auto outcome = co_await player_.play(script_, Procedure::answer, std::move(variables));
  const std::string handed_over = std::exchange(handed_over_, {});
  if (outcome.connected() || was_used()) rings_.reset();
  if (outcome.connected()) {
    open_session(outcome, player_.take_unread());
    co_return outcome;
  }
  // The usual end: no one called. A script that did not even read shall not find it again and again.
  if (!was_used()) player_.receiver().drop_first(handed_over);
  if (outcome.ended == Ended::returned && outcome.code == ReturnCode::no_answer && !was_used())
    state_ = before;
  if (was_used()) note_unless_connected(outcome);
  co_return outcome;
}

bool Modem::was_used() const {
  return events_->has_sent();
}

/// A modem may be on line although its script does not know what it said (Q103849, Q104686).
void Modem::note_unless_connected(Outcome& outcome) {
  if (!guarded("R26") || !carrier_stands()) return;
  outcome.text += "; but the carrier is there: connected at unknown class";
  events_->note(
      "Connected at unknown class: add the CONNECT result of this modem, the last IN line with DebugXCSI, "
      "to " +
      script_.file() + ".");
}

line::Line& Modem::lend() {
  session_.reset();
  call_script_.reset();
  forget_rings();
  player_.receiver().clear();
  state_ = State::unknown;
  lent_ = true;
  return *device_;
}

/// A modem that sees DTR low takes no command, and one that sees RTS low says nothing.
void Modem::take_back() {
  device_->set_dtr(true);
  device_->set_rts(true);
}

Task<Outcome> Modem::disconnect() {
  const Turn::Hold turn = co_await turn_->take();
  co_return co_await hang_up(Duration::max());
}

Task<Outcome> Modem::hang_up(Duration limit) {
  if (lent_) take_back();
  // What a lost call has left unsent would only stand in the way of the commands.
  const bool call_stands = session_ && !session_->carrier_lost();
  if (!call_stands) device_->discard_output();
  if (session_ && session_->carrier_never_rose()) {
    note_once(
        "The carrier line (DCD) did not rise in a call: it is not wired, or the modem leaves it off (AT&C1 "
        "cures "
        "that). The end of a call is noticed by NO CARRIER or by silence.");
  }
  session_.reset();
  forget_rings();
  state_ = State::unknown;
  const bool other = call_script_ && call_script_->has(Procedure::disconnect);
  player_.receiver().clear();
  auto outcome =
      co_await player_.play(other ? *call_script_ : script_, Procedure::disconnect, Variables(), limit);
  call_script_.reset();
  if (outcome.ended == Ended::line_failed) co_return outcome;
  if (outcome.ended != Ended::returned || outcome.code != ReturnCode::ok) co_await pulse_dtr();
  // Perhaps it was only told to show a carrier always.
  if (std::exchange(lent_, false) && speaks_at_ && carrier_stands()) co_await tell("AT&C1\r");
  if (guarded("R32") && carrier_stands()) co_await force_down(outcome);
  co_return outcome;
}

/// The script has not hung up, or not believed that it had to (Q123168, Q127881).
Task<> Modem::force_down(Outcome& outcome) {
  bool down = co_await carrier_falls(carrier_delay);
  if (down) co_return;
  co_await pulse_dtr();
  down = co_await carrier_falls(carrier_delay);
  if (down) co_return;
  co_await escape_and_hang_up();
  down = co_await carrier_falls(carrier_delay);
  if (down) co_return;
  outcome.ended = Ended::refused;
  outcome.code = ReturnCode::error;
  outcome.text = "the modem does not hang up: neither DISCONNECT nor DTR nor ATH0 brings the carrier down";
}

/// Whatever the modem is in the middle of.
Task<> Modem::escape_and_hang_up() {
  co_await player_.receiver().collect(clock_.now() + escape_guard);
  co_await device_->write(as_bytes("+++"), clock_.now() + command_limit);
  co_await player_.receiver().collect(clock_.now() + escape_guard);
  co_await tell("ATH0\r");
}

Task<bool> Modem::answers_at() {
  co_await settle();
  const auto answer = co_await tell("AT\r");
  co_return answer.find("OK") != std::string::npos || trim(answer) == "0";
}

Task<bool> Modem::revive_by_escape() {
  const Turn::Hold turn = co_await turn_->take();
  if (!speaks_at_) co_return false;
  session_.reset();
  state_ = State::unknown;
  device_->discard_output();
  co_await escape_and_hang_up();
  const bool alive = co_await answers_at();
  co_return alive;
}

Task<bool> Modem::revive_by_dtr() {
  const Turn::Hold turn = co_await turn_->take();
  session_.reset();
  state_ = State::unknown;
  co_await pulse_dtr();
  if (!speaks_at_) co_return true;
  const bool alive = co_await answers_at();
  co_return alive;
}

Task<bool> Modem::carrier_falls(Duration within) {
  const TimePoint end = clock_.now() + within;
  while (carrier_stands()) {
    if (clock_.now() >= end) co_return false;
    co_await clock_.wait_for(look_period);
  }
  co_return true;
}

Task<Outcome> Modem::reset() {
  const Turn::Hold turn = co_await turn_->take();
  session_.reset();
  auto outcome = co_await play_reset();
  if (outcome.ok() || outcome.ended == Ended::absent || outcome.ended == Ended::line_failed)
    co_return outcome;
  if (guarded("R24")) outcome = co_await play_reset();
  if (outcome.ok() || outcome.ended == Ended::line_failed || !guarded("R27")) co_return outcome;
  events_->note("RESET of " + script_.file() + " failed twice: " + outcome.text +
                ". The modem is initialised again.");
  co_await pulse_dtr();
  co_return co_await play_initialize();
}

Task<Outcome> Modem::play_reset() {
  co_await settle();
  if (guarded("R39")) apply_speed();
  auto outcome = co_await player_.play(script_, Procedure::reset);
  state_ = outcome.ok() ? State::idle : State::unknown;
  co_return outcome;
}

Task<Released> Modem::release(Duration bound) {
  // Whatever happens from here on, the device is given back.
  struct Close {
    line::Line& device;
    ~Close() {
      device.set_dtr(false);
      device.close();
    }
  } close{*device_};
  // Room is kept for the pause with DTR low at the end.
  const TimePoint end = clock_.now() + bound - options_.dtr_low;
  Released result = Released::not_reset;
  const auto first = co_await first_of(make_idle(end, result), clock_.wait_until(end));
  if (first == 1) result = Released::forced;
  if (!device_->set_dtr(false)) {
    co_await clock_.wait_for(options_.dtr_low);
  }
  co_return result;
}

Task<> Modem::make_idle(TimePoint end, Released& result) {
  if (state_ != State::idle) {
    co_await hang_up(end - clock_.now());
  }
  apply_speed();
  const auto outcome = co_await player_.play(script_, Procedure::reset, Variables(), end - clock_.now());
  if (outcome.ended == Ended::deadline && clock_.now() >= end) {
    result = Released::forced;
  } else if (outcome.ok()) {
    result = Released::reset;
  }
}

Task<> Modem::settle() {
  if (!guarded("R25")) co_return;
  Receiver& receiver = player_.receiver();
  const TimePoint limit = clock_.now() + options_.settle_limit;
  while (clock_.now() < limit) {
    const auto error = co_await receiver.fill(std::min(limit, clock_.now() + options_.settle));
    if (error) break;  // silence, or a failure that the procedure will report
  }
  // What another end said to an earlier call must not pass for its answer to this one either (Q126650).
  if (guarded("R40")) receiver.clear();
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

void Modem::open_session(const Outcome& outcome, std::string unread) {
  state_ = State::in_call;
  const bool watch = options_.carrier_detect && (carrier_moves_ || !guarded("R34"));
  session_.emplace(*device_, clock_, std::move(unread), outcome.connect.empty(), watch);
}

Task<std::string> Modem::tell(std::string_view command) {
  events_->sent(command);
  const TimePoint limit = clock_.now() + command_limit;
  const auto error = co_await device_->write(as_bytes(command), limit);
  if (error) co_return std::string();
  const ResponseRule rule{options_.player.quiet, false, true,
                          std::string(command.substr(0, command.size() - 1))};
  auto answer = co_await player_.receiver().response(rule, limit);
  if (!answer) co_return std::string();
  if (!answer->empty()) events_->received(*answer);
  co_return std::move(*answer);
}

Task<> Modem::ask_for_mark() {
  co_await settle();
  const auto answer = co_await tell(ask_answer_register);
  const auto found = read_answer_register(answer);
  mark_ = found ? std::make_unique<AnswerRegister>(*found) : nullptr;
}

/// Else the modem picks up before we do, and callers pay for nothing (Q81315, Q129577).
Task<> Modem::switch_off_automatic_answer() {
  co_await ask_for_mark();
  if (!mark_ || mark_->rings == 0 || !guarded("R29")) co_return;
  const auto was = std::to_string(mark_->rings);
  co_await tell(clear_answer_register);
  co_await ask_for_mark();
  const bool off = mark_ && mark_->rings == 0;
  events_->note(
      "The modem was set to answer by itself (S0=" + was + "); " +
      (off ? "that is off now. Add ATS0=0 to INITIALIZE of " + script_.file() + "."
           : "it cannot be switched off, so the modem answers before External. Set S0 to 0 and store it "
             "(AT&W), or use the modem's switches."));
}

Task<bool> Modem::is_changed() {
  bool same = false;
  for (int attempt = 0; attempt < 2 && !same; ++attempt) {
    co_await settle();
    same = player_.receiver().ring_hidden();  // it lives
    if (same) break;
    const auto answer = co_await tell(ask_answer_register);
    same = read_answer_register(answer) == *mark_;
  }
  next_check_ = clock_.now() + options_.idle_check;
  co_return !same;
}

std::optional<line::ControlLines> Modem::lines() {
  const auto seen = device_->control_lines();
  if (!seen) return std::nullopt;
  if (!seen->carrier) carrier_moves_ = true;
  if (seen->data_set_ready) had_power_ = true;
  if (seen->ring) rang_ = true;
  return *seen;
}

bool Modem::carrier_stands() {
  const auto seen = lines();
  // Behind a cable without a modem it is the DTR of the other end, which may well be high.
  const bool believed = options_.carrier_detect && speaks_at_ && (carrier_moves_ || !guarded("R34"));
  return seen && believed && seen->carrier;
}

void Modem::note_once(std::string_view text) {
  if (noted_.emplace(text).second) events_->note(text);
}

}  // namespace external::modem
