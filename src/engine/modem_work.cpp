#include "modem_work.h"

#include "line_words.h"

#include <external/base/guard.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration ring_pause = 8s;     ///< longest between two rings of a call
constexpr Duration power_look = 10min;  ///< a modem without power is said to be so again

}  // namespace

ModemWork::ModemWork(Context& context, const config::Instance& settings, Board& board, const Port& port,
                     PortHold& hold, TaskGroup& tasks)
    : context_(context),
      settings_(settings),
      board_(board),
      port_(port),
      hold_(hold),
      calls_(context, settings, board, tasks),
      turns_(context, settings),
      wake_(context.executor) {}

Task<Handback> ModemWork::run(modem::Modem& modem) {
  call_until_ = context_.clock.now() + std::exchange(call_due_, Duration::zero());
  for (;;) {
    auto ended = co_await listen(modem);
    if (ended) co_return *std::move(ended);
  }
}

void ModemWork::is_let_go() {
  calls_.is_over();
  turns_.came_back();
}

/// Whatever comes next, once.
Task<ModemWork::Ended> ModemWork::listen(modem::Modem& modem) {
  calls_.is_over();
  board_.show(LineState::listening, ready_words(settings_, context_.answer_calls, calls_.last()));
  wake_.clear();
  if (!port_.still_there())
    co_return Handback{Handback::Kind::gone, "it leads to another device now, or to none"};
  // A call that comes in goes before one that goes out.
  const auto before = co_await modem.listen(context_.clock.now());
  turns_.came_back();
  if (!before || *before != modem::Attention::nothing) co_return co_await attend(modem, before);
  if (context_.clock.now() < call_until_) co_return co_await wait_for_work(modem, call_until_);
  // Nor does it wait for the end of a lease that the next ring would bring.
  if (!modem.is_ringing() && turns_.is_client_next()) co_return co_await lend(modem, false);
  if (auto task = context_.planner.next_call(settings_)) {
    turns_.call_begins();
    co_return co_await calls_.dial(modem, std::move(*task));
  }
  if (!hold_.is_wanted()) {
    write(
        fmt::format("No call is due; port {} is given back until the next one.", settings_.async_comm_port));
    co_return Handback{Handback::Kind::needless};
  }
  co_return co_await wait_for_work(modem, context_.planner.next_look());
}

Task<ModemWork::Ended> ModemWork::wait_for_work(modem::Modem& modem, TimePoint until) {
  Result<modem::Attention> found = modem::Attention::nothing;
  auto listen = [](modem::Modem& listener, TimePoint deadline, Result<modem::Attention>& result) -> Task<> {
    result = co_await listener.listen(deadline);
  };
  const auto first = co_await first_of(listen(modem, until, found), wake_.wait());
  co_await cancellation_point();
  // Woken, listening was cancelled, and that is no trouble of the line.
  const bool found_something = found && *found != modem::Attention::nothing;
  if (first == 1 && !found_something) co_return std::nullopt;
  co_return co_await attend(modem, found);
}

Task<ModemWork::Ended> ModemWork::attend(modem::Modem& modem, Result<modem::Attention> found) {
  if (!found) {
    co_await cancellation_point();
    co_return Handback{Handback::Kind::gone, is_absent(found.error()) ? "" : found.error().message()};
  }
  switch (*found) {
    case modem::Attention::nothing:
      co_return std::nullopt;
    case modem::Attention::call:
      if (context_.lender && context_.lender->next_for_call(settings_.name))
        co_return co_await lend(modem, true);
      co_return co_await calls_.answer(modem);
    case modem::Attention::connected:
      co_return co_await calls_.take_unasked(modem);
    case modem::Attention::carrier:
      write(
          "A carrier is there that belongs to no call of ours; hanging up. Does another program or a "
          "person "
          "use the modem?");
      co_return co_await calls_.hang_up(modem);
    case modem::Attention::changed:
      write("The modem is not as it was left (switched off and on?); initialising it again.");
      co_return Handback{Handback::Kind::changed};
    case modem::Attention::no_power:
      co_return co_await wait_for_power(modem);
    case modem::Attention::stuck:
      co_return Handback{Handback::Kind::stuck,
                         fmt::format("DTR of port {} stays low although it was raised; opening the "
                                     "port again. If that does not help, check driver and cable.",
                                     settings_.async_comm_port)};
  }
  co_return Handback{Handback::Kind::hangs};
}

Task<ModemWork::Ended> ModemWork::wait_for_power(modem::Modem& modem) {
  const auto text =
      fmt::format("The modem on port {} is off or its cable is out (DSR is low); waiting for it.",
                  settings_.async_comm_port);
  context_.planner.refuse(&settings_, text);
  // Who has the port for calls only gives it back meanwhile, and may get another modem.
  if (settings_.holds_port_for_calls_only()) co_return Handback{Handback::Kind::stuck, text};
  write(text);
  for (;;) {
    board_.show(LineState::modem_wait, text);
    const auto error = co_await modem.wait_for_power(context_.clock.now() + power_look);
    co_await cancellation_point();
    if (!error) co_return Handback{Handback::Kind::changed};
    if (error == asio::error::timed_out) continue;
    co_return Handback{Handback::Kind::gone, error.message()};
  }
}

/// The modem is somebody else's until the lease ends; then it is made ready as after every call, and
/// initialised anew, for nobody knows what was done to it. `rings`: the client is to answer a call.
Task<ModemWork::Ended> ModemWork::lend(modem::Modem& modem, bool rings) {
  const auto client = context_.lender->lend(settings_.name, rings);
  if (!client && rings) co_return co_await calls_.answer(modem);
  if (!client) co_return std::nullopt;
  calls_.begins();
  const std::string words = fmt::format("Lent to {}.", client->name());
  board_.show(LineState::lent, words);
  LeaseEnd end = LeaseEnd::stopped;
  {
    Lease lease(context_, settings_, *client, turns_);
    end = co_await lease.run(modem.lend(), rings);
  }
  co_await cancellation_point();
  calls_.last(fmt::format("{} {}", words, words_for(end)));
  if (!guarded("R14")) co_return std::nullopt;
  // Who took the modem from its client must not find it lent to the next one.
  if (end == LeaseEnd::call) call_due_ = ring_pause * std::max(1u, settings_.number_of_rings);
  if (end == LeaseEnd::line) co_return Handback{Handback::Kind::gone};
  auto ended = co_await calls_.hang_up(modem);
  if (!ended) ended = Handback{Handback::Kind::changed};
  co_return ended;
}

}  // namespace external::engine
