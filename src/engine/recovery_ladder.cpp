#include "recovery_ladder.h"

#include "modem_words.h"
#include "port.h"

#include <external/base/guard.h>
#include <external/config/way.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration first_pause = 10s;  ///< before a modem that failed is tried again
constexpr Duration longest_pause = 5min;
constexpr Duration power_limit = 60s;   ///< for PowerCommand
constexpr Duration power_settle = 10s;  ///< until a modem that was switched on listens

}  // namespace

RecoveryLadder::RecoveryLadder(Context& context, const config::Instance& settings, Board& board)
    : context_(context), settings_(settings), board_(board), pauses_(first_pause, longest_pause) {}

Task<RecoveryLadder::Top> RecoveryLadder::climb(modem::Modem& modem) {
  bool played = false;
  for (const Rung rung : {Rung::escape, Rung::dtr, Rung::script}) {
    if (rung == Rung::script && played) continue;
    if ((rung == Rung::escape && !modem.takes_at()) || !guarded("R59")) continue;
    const Top top = co_await try_rung(modem, rung, played);
    if (top != Top::failed) co_return top;
  }
  co_return Top::failed;
}

/// `played`: INITIALIZE has been, since.
Task<RecoveryLadder::Top> RecoveryLadder::try_rung(modem::Modem& modem, Rung rung, bool& played) {
  const auto what = words_for(rung, settings_);
  board_.show(LineState::initialising, what);
  tell_of_rung(what);
  bool alive = true;
  if (rung == Rung::escape) alive = co_await modem.revive_by_escape();
  if (rung == Rung::dtr) alive = co_await modem.revive_by_dtr();
  co_await cancellation_point();
  if (!alive) co_return Top::failed;
  played = true;
  board_.show(LineState::initialising, what);
  const auto outcome = co_await modem.initialize();
  co_await cancellation_point();
  if (outcome.ok()) {
    has_helped(rung);
    co_return Top::works;
  }
  co_return is_absent(outcome.error) ? Top::absent : Top::failed;
}

/// While the trouble is new; after that they repeat themselves.
void RecoveryLadder::tell_of_rung(const std::string& text) {
  if (pauses_.failures() <= alarm_after) write(text);
}

void RecoveryLadder::has_helped(Rung rung) {
  write(fmt::format("Recovery has helped: {}.", name_of(rung)));
  pauses_.reset();
  power_was_cycled_ = false;
}

void RecoveryLadder::works() {
  if (pauses_.failures() > 0) has_helped(power_was_cycled_ ? Rung::power : Rung::reopen);
  power_was_cycled_ = false;
}

PortPause RecoveryLadder::give_up(const std::string& why) {
  const Duration grown = pauses_.next();
  const bool wedged = pauses_.failures() >= alarm_after;
  PortPause pause{guarded("R28") ? grown : first_pause, why,
                  wedged ? LineState::wedged : LineState::modem_wait};
  tell_of_rung(words_for(Rung::reopen, settings_, pause.length));
  power_due_ = !settings_.power_command.empty() && power_is_due(pauses_.failures());
  if (pauses_.failures() != alarm_after || !guarded("R28")) return pause;
  write(
      fmt::format("Port {} is out of service: the modem could not be initialised {} times. See to its "
                  "power, its cable and "
                  "CommScript; it is tried again ever more rarely, up to every {} minutes.",
                  settings_.async_comm_port, alarm_after,
                  std::chrono::duration_cast<std::chrono::minutes>(longest_pause).count()));
  return pause;
}

Task<std::optional<Duration>> RecoveryLadder::cycle_power() {
  if (!std::exchange(power_due_, false)) co_return std::nullopt;
  const auto command = config::parse_command(settings_.power_command);
  write(words_for(Rung::power, settings_));
  outlet::Environment environment;
  environment.emplace_back("EXTERNAL_INSTANCE", settings_.name);
  environment.emplace_back("EXTERNAL_PORT", settings_.async_comm_port);
  const auto end = co_await context_.run_command(command, std::move(environment), power_limit);
  co_await cancellation_point();
  if (!end.ok) {
    write(fmt::format("PowerCommand {} failed: {}; run it by hand to see why.", command.front(), end.text));
    co_return std::nullopt;
  }
  power_was_cycled_ = true;
  co_return power_settle;
}

}  // namespace external::engine
