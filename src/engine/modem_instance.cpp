#include "call.h"
#include "comm_settings.h"
#include "dialled_call.h"
#include "instance.h"
#include "lease.h"
#include "line_words.h"
#include "modem_words.h"
#include "pauses.h"
#include "port.h"
#include "recovery.h"
#include "script_log.h"
#include "watchdog.h"

#include <external/base/guard.h>
#include <external/base/task_group.h>
#include <external/base/text.h>
#include <external/config/way.h>
#include <external/line/trouble.h>
#include <external/modem/modem.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration first_port_pause = 250ms;  ///< before a port that could not be opened is tried again
constexpr Duration longest_port_pause = 30s;
constexpr Duration first_init_pause = 10s;  ///< before a modem that failed is tried again
constexpr Duration longest_init_pause = 5min;
constexpr Duration power_limit = 60s;   ///< for PowerCommand
constexpr Duration power_settle = 10s;  ///< until a modem that was switched on listens
constexpr Duration watch_period = 1s;
constexpr Duration pool_pause = 2s;     ///< while all modems of a pool are in use
constexpr Duration ring_pause = 8s;     ///< longest between two rings of a call
constexpr Duration power_look = 10min;  ///< a modem without power is said to be so again

std::string lower_first(std::string text) {
  if (!text.empty()) text[0] = to_lower(text.substr(0, 1))[0];
  return text;
}

/// Of the errors of a script; the rest tells `external script check`.
std::string first_line(const std::string& errors) {
  return errors.substr(0, errors.find('\n'));
}

class ModemInstance final : public Instance {
 public:
  ModemInstance(Context& context, const config::Instance& settings, Board& board)
      : context_(context),
        settings_(settings),
        board_(board),
        events_(context, settings.name),
        port_(context, settings),
        turns_(context, settings),
        wake_(context.executor),
        tasks_(context.executor),
        port_pauses_(first_port_pause, longest_port_pause),
        init_pauses_(first_init_pause, longest_init_pause) {}

  void wake() override { wake_.set(); }

  Task<> run(Event& stop) override {
    std::exception_ptr trouble;
    try {
      const auto first = co_await first_of(serve(), stop.wait(), watch());
      if (first == 2) throw LineTrouble(hung_);
    } catch (...) {
      trouble = std::current_exception();
    }
    co_await let_go_whatever_happens();
    co_await tasks_.wait();
    if (trouble) std::rethrow_exception(trouble);
  }

 private:
  /// What comes next.
  enum class Next { listen, initialise, reopen };

  void write(const std::string& text) { context_.log.write(settings_.name, text); }

  /// All that is written until the modem listens again, or is let go, belongs to this call.
  void call_begins() {
    call_.emplace(context_.log, settings_.name, context_.call_ids.next(context_.clock.wall()));
  }

  const modem::Script& script_named(const std::string& name) const {
    return context_.scripts.at(to_upper(name));
  }

  /// Ends when the line has given no sign of life for too long.
  Task<> watch() {
    for (;;) {
      co_await context_.clock.wait_for(watch_period);
      const auto silence = board_.silent_for();
      if (silence <= longest_silence(board_.state()) || !guarded("R12")) continue;
      hung_ = fmt::format(
          "The line hung for {} s in the state {}; it is closed and opened again. If it comes back, report "
          "it.",
          std::chrono::duration_cast<std::chrono::seconds>(silence).count(), name_of(board_.state()));
      co_return;
    }
  }

  // ---- the life of a port

  Task<> serve() {
    for (;;) {
      const bool opened = co_await open();
      if (!opened) continue;
      Next next = Next::initialise;
      while (next == Next::initialise) {
        next = co_await initialize();
        if (next == Next::listen) next = co_await work();
      }
      co_await let_go();
      turns_.came_back();
      if (pause_ > Duration::zero()) board_.show(pause_state_, pause_reason_);
      if (std::exchange(power_due_, false)) co_await cycle_power();
      co_await context_.clock.wait_for(std::exchange(pause_, Duration::zero()));
    }
  }

  /// False, after a while, if it could not be had.
  Task<bool> open() {
    if (!is_waiting(board_.state()))
      board_.show(LineState::initialising, fmt::format("Opening port {}.", settings_.async_comm_port));
    auto device = co_await port_.open();
    co_await cancellation_point();
    if (!device) {
      const bool absent = is_absent(device.error());
      wait_for_port(device.error(), absent);
      if (absent && !port_.is_present() && guarded("R06")) {
        co_await port_.wait_for_return(longest_port_pause);
      } else {
        co_await context_.clock.wait_for(port_pauses_.next());
      }
      co_return false;
    }
    trouble_.clear();
    gone_ = in_service_ = waits_at_pool_ = false;
    events_.forget_queue();
    modem_ = std::make_unique<modem::Modem>(std::move(*device), script_named(settings_.comm_script),
                                            context_.clock, events_, modem_options());
    co_return true;
  }

  modem::ModemOptions modem_options() const {
    modem::ModemOptions options;
    options.answers = context_.answer_calls && !settings_.comm_out_only;
    options.rings = settings_.number_of_rings;
    options.carrier_detect = settings_.carrier_detect;
    options.idle_check = settings_.idle_check;
    return options;
  }

  /// Says it once, not at each try.
  void wait_for_port(error_code error, bool absent) {
    const std::string why = port_.trouble(error);
    const bool known = why == trouble_ || (absent && gone_);
    if (!known) write(why);
    trouble_ = why;
    board_.show(error == line::Error::held ? LineState::lock_wait : LineState::absent, why);
    context_.planner.refuse(&settings_, why);
  }

  Task<Next> initialize() {
    modem_->use(script_named(settings_.comm_script));
    if (!waits_at_pool_) {
      board_.show(LineState::initialising, fmt::format("Initialising the modem on {} with script {}.",
                                                       settings_.async_comm_port, settings_.comm_script));
      write(fmt::format("Initializing Modem: {}, {} bps, script {}", settings_.async_comm_port,
                        settings_.async_speed, settings_.comm_script));
    }
    events_.forget();
    const auto outcome = co_await modem_->initialize();
    co_await cancellation_point();
    if (outcome.ok()) {
      if (init_pauses_.failures() > 0) has_helped(power_was_cycled_ ? Rung::power : Rung::reopen);
      is_initialised();
      co_return Next::listen;
    }
    if (is_absent(outcome.error)) {
      port_is_gone();
      co_return Next::reopen;
    }
    if (!events_.queue_words().empty()) co_return co_await wait_at_pool();
    // Just given a modem, it has heard the last of the pool's words, and the answers to what was sent before.
    if (std::exchange(waits_at_pool_, false)) co_return Next::initialise;
    auto why = initialisation_failed(outcome);
    write(why);
    co_return co_await climb(std::move(why));
  }

  /// The port leads to modems that another External lends, and all are in use. Who opened it anew would lose
  /// its place in the queue.
  Task<Next> wait_at_pool() {
    const auto why = fmt::format("The modems at port {} are in use; waiting for one. There they say: {}",
                                 settings_.async_comm_port, events_.queue_words());
    if (why != trouble_) write(why);
    trouble_ = why;
    waits_at_pool_ = true;
    board_.show(LineState::lock_wait, why);
    context_.planner.refuse(&settings_, why);
    co_await context_.clock.wait_for(pool_pause);
    co_return Next::initialise;
  }

  void is_initialised() {
    init_pauses_.reset();
    port_pauses_.reset();
    power_was_cycled_ = false;
    waits_at_pool_ = false;
    trouble_.clear();
    in_service_ = true;
    write(comm_settings(settings_, modem_->device().speed()));
    write("Initialization complete. Ready.");
  }

  std::string initialisation_failed(const modem::Outcome& outcome) const {
    return "Failure to initialize modem session. " +
           (events_.heard()
                ? fmt::format("{}; check that CommScript and AsyncSpeed fit the modem.", outcome.text)
                : line::silent_modem(settings_.async_comm_port).text());
  }

  // ---- a modem that does not do what it should

  /// Tries one means after the other, and opens the port again if none helps. `why`: what is wrong, a
  /// sentence.
  Task<Next> climb(std::string why) {
    bool played = false;
    for (const Rung rung : {Rung::escape, Rung::dtr, Rung::script}) {
      if (rung == Rung::script && played) continue;
      if ((rung == Rung::escape && !modem_->takes_at()) || !guarded("R59")) continue;
      const auto next = co_await try_rung(rung, played);
      if (next) co_return *next;
    }
    out_of_order(why);
    context_.planner.refuse(&settings_, why);
    // Somebody may mend the script meanwhile.
    tasks_.spawn(context_.scripts.reload());
    co_return Next::reopen;
  }

  /// Nothing if it has not helped. `played`: INITIALIZE has been, since.
  Task<std::optional<Next>> try_rung(Rung rung, bool& played) {
    const auto what = words_for(rung, settings_);
    board_.show(LineState::initialising, what);
    tell_of_rung(what);
    bool alive = true;
    if (rung == Rung::escape) alive = co_await modem_->revive_by_escape();
    if (rung == Rung::dtr) alive = co_await modem_->revive_by_dtr();
    co_await cancellation_point();
    if (!alive) co_return std::nullopt;
    played = true;
    board_.show(LineState::initialising, what);
    const auto outcome = co_await modem_->initialize();
    co_await cancellation_point();
    if (outcome.ok()) {
      has_helped(rung);
      is_initialised();
      co_return Next::listen;
    }
    if (!is_absent(outcome.error)) co_return std::nullopt;
    port_is_gone();
    co_return Next::reopen;
  }

  /// While the trouble is new; after that they repeat themselves.
  void tell_of_rung(const std::string& text) {
    if (init_pauses_.failures() <= alarm_after) write(text);
  }

  void has_helped(Rung rung) { write(fmt::format("Recovery has helped: {}.", name_of(rung))); }

  /// The port is closed, so that the program may have it.
  Task<> cycle_power() {
    const auto command = config::parse_command(settings_.power_command);
    write(words_for(Rung::power, settings_));
    outlet::Environment environment;
    environment.emplace_back("EXTERNAL_INSTANCE", settings_.name);
    environment.emplace_back("EXTERNAL_PORT", settings_.async_comm_port);
    const auto end = co_await context_.run_command(command, std::move(environment), power_limit);
    co_await cancellation_point();
    if (!end.ok) {
      write(fmt::format("PowerCommand {} failed: {}; run it by hand to see why.", command.front(), end.text));
      co_return;
    }
    power_was_cycled_ = true;
    pause_ = power_settle;
  }

  /// Pauses that grow, and an alarm.
  void out_of_order(const std::string& why) {
    const Duration pause = init_pauses_.next();
    const bool wedged = init_pauses_.failures() >= alarm_after;
    pause_for(guarded("R28") ? pause : first_init_pause, why,
              wedged ? LineState::wedged : LineState::modem_wait);
    tell_of_rung(words_for(Rung::reopen, settings_, pause_));
    power_due_ = !settings_.power_command.empty() && power_is_due(init_pauses_.failures());
    if (init_pauses_.failures() != alarm_after || !guarded("R28")) return;
    write(
        fmt::format("Port {} is out of service: the modem could not be initialised {} times. See to its "
                    "power, its cable and "
                    "CommScript; it is tried again ever more rarely, up to every {} minutes.",
                    settings_.async_comm_port, alarm_after,
                    std::chrono::duration_cast<std::chrono::minutes>(longest_init_pause).count()));
  }

  void port_is_gone(std::string_view why = "unplugged, or its driver or server has failed") {
    trouble_ = fmt::format("Port {} is gone: {}; waiting for its return.", settings_.async_comm_port, why);
    gone_ = true;
    write(trouble_);
    board_.show(LineState::absent, trouble_);
    context_.planner.refuse(&settings_, trouble_);
    // One that opens and goes at once would otherwise be opened again and again without a pause.
    if (!in_service_) pause_for(port_pauses_.next(), trouble_, LineState::absent);
  }

  void pause_for(Duration pause, std::string why, LineState state = LineState::modem_wait) {
    pause_state_ = state;
    pause_ = pause;
    pause_reason_ = std::move(why);
  }

  // ---- listening, dialling, answering

  /// Serves the modem until it has to be initialised or opened again.
  Task<Next> work() {
    Next next = Next::listen;
    const TimePoint call_until = context_.clock.now() + std::exchange(call_due_, Duration::zero());
    while (next == Next::listen) {
      call_.reset();
      board_.show(LineState::listening, ready_words(settings_, context_.answer_calls, last_call_));
      wake_.clear();
      if (!port_.still_there()) {
        port_is_gone("it leads to another device now, or to none");
        co_return Next::reopen;
      }
      // A call that comes in goes before one that goes out.
      const auto before = co_await modem_->listen(context_.clock.now());
      turns_.came_back();
      if (!before || *before != modem::Attention::nothing) {
        next = co_await attend(before);
        continue;
      }
      if (context_.clock.now() < call_until) {
        next = co_await wait_for_work(call_until);
        continue;
      }
      // Nor does it wait for the end of a lease that the next ring would bring.
      if (!modem_->is_ringing() && turns_.is_client_next()) {
        next = co_await lend(false);
        continue;
      }
      if (auto task = context_.planner.next_call(settings_)) {
        turns_.call_begins();
        next = co_await dial(std::move(*task));
        continue;
      }
      next = co_await wait_for_work(context_.planner.next_look());
    }
    co_return next;
  }

  Task<Next> wait_for_work(TimePoint until) {
    Result<modem::Attention> found = modem::Attention::nothing;
    auto listen = [](modem::Modem& modem, TimePoint deadline, Result<modem::Attention>& result) -> Task<> {
      result = co_await modem.listen(deadline);
    };
    const auto first = co_await first_of(listen(*modem_, until, found), wake_.wait());
    co_await cancellation_point();
    // Woken, listening was cancelled, and that is no trouble of the line.
    const bool found_something = found && *found != modem::Attention::nothing;
    if (first == 1 && !found_something) co_return Next::listen;
    co_return co_await attend(found);
  }

  Task<Next> attend(Result<modem::Attention> found) {
    if (!found) {
      co_await cancellation_point();
      if (is_absent(found.error())) {
        port_is_gone();
      } else {
        port_is_gone(found.error().message());
      }
      co_return Next::reopen;
    }
    switch (*found) {
      case modem::Attention::nothing:
        co_return Next::listen;
      case modem::Attention::call:
        if (context_.lender && context_.lender->next_for_call(settings_.name)) co_return co_await lend(true);
        co_return co_await answer();
      case modem::Attention::connected:
        call_begins();
        write("The modem has picked up by itself: " + modem_->unasked_call().text);
        co_return co_await take_call(modem_->unasked_call().connect);
      case modem::Attention::carrier:
        write(
            "A carrier is there that belongs to no call of ours; hanging up. Does another program or a "
            "person "
            "use the modem?");
        co_return co_await hang_up();
      case modem::Attention::changed:
        write("The modem is not as it was left (switched off and on?); initialising it again.");
        co_return Next::initialise;
      case modem::Attention::no_power:
        co_return co_await wait_for_power();
      case modem::Attention::stuck:
        pause_for(port_pauses_.next(),
                  fmt::format("DTR of port {} stays low although it was raised; opening the "
                              "port again. If that does not help, check driver and cable.",
                              settings_.async_comm_port));
        write(pause_reason_);
        co_return Next::reopen;
    }
    co_return Next::reopen;
  }

  Task<Next> wait_for_power() {
    const auto text =
        fmt::format("The modem on port {} is off or its cable is out (DSR is low); waiting for it.",
                    settings_.async_comm_port);
    write(text);
    context_.planner.refuse(&settings_, text);
    for (;;) {
      board_.show(LineState::modem_wait, text);
      const auto error = co_await modem_->wait_for_power(context_.clock.now() + power_look);
      co_await cancellation_point();
      if (!error) co_return Next::initialise;
      if (error == asio::error::timed_out) continue;
      port_is_gone(error.message());
      co_return Next::reopen;
    }
  }

  Task<Next> answer() {
    call_begins();
    board_.show(LineState::ringing, "Someone calls; the modem answers.");
    const auto outcome = co_await modem_->answer();
    co_await cancellation_point();
    if (outcome.connected()) {
      write("Answering call: " + connect_text(outcome));
      co_return co_await take_call(outcome.connect);
    }
    if (outcome.ended == modem::Ended::line_failed) {
      port_is_gone();
      co_return Next::reopen;
    }
    if (!modem_->was_used()) co_return Next::listen;  // it was no call
    write("Call not answered: " + outcome.text);
    board_.tally().answered(name_of(Cause::no_carrier));
    if (!guarded("R07")) co_return Next::listen;
    co_return co_await hang_up();
  }

  // ---- lending

  /// The modem is somebody else's until the lease ends; then it is made ready as after every call, and
  /// initialised anew, for nobody knows what was done to it. `rings`: the client is to answer a call.
  Task<Next> lend(bool rings) {
    const auto client = context_.lender->lend(settings_.name, rings);
    if (!client && rings) co_return co_await answer();
    if (!client) co_return Next::listen;
    call_begins();
    const std::string words = fmt::format("Lent to {}.", client->name());
    board_.show(LineState::lent, words);
    LeaseEnd end = LeaseEnd::stopped;
    {
      Lease lease(context_, settings_, *client, turns_);
      end = co_await lease.run(modem_->lend(), rings);
    }
    co_await cancellation_point();
    last_call_ = fmt::format("{} {}", words, words_for(end));
    if (!guarded("R14")) co_return Next::listen;
    // Who took the modem from its client must not find it lent to the next one.
    if (end == LeaseEnd::call) call_due_ = ring_pause * std::max(1u, settings_.number_of_rings);
    if (end == LeaseEnd::line) {
      port_is_gone();
      co_return Next::reopen;
    }
    const Next next = co_await hang_up();
    co_return next == Next::listen ? Next::initialise : next;
  }

  Task<Next> take_call(std::string connect) {
    const std::string nobody;
    const auto result = co_await hold_call(context_, board_, settings_, modem_->session_line(), nobody,
                                           connect, call_->call());
    last_call_ = (result.peer.empty() ? "a caller" : result.peer) + ": " + result.text;
    co_return co_await hang_up();
  }

  Task<Next> dial(CallTask task) {
    call_begins();
    const auto settings = context_.settings;  // as they are now, for the whole of the call
    const auto* office = settings->find_post_office(task.post_office);
    write(fmt::format("{}: Queued {} {} of mail to send, {} bytes.", office->name, task.messages,
                      task.messages == 1 ? "item" : "items", task.bytes));
    write("Calling: " + office->name);
    board_.show(LineState::dialling, "Calling " + office->name + ".");
    auto unfinished = std::make_unique<Unfinished>(context_, task);
    Tally::Dialling counted(board_.tally());

    std::optional<modem::Script> own_script;
    if (!office->script.empty()) own_script = script_named(office->script);
    modem::CallRequest request(office->phone, settings_.dial_mode == config::DialMode::tone ? "T" : "P",
                               std::move(own_script));
    const auto outcome = co_await modem_->call(std::move(request));
    co_await cancellation_point();

    DialledCall call;
    call.id = call_->call();
    if (outcome.connected()) {
      call.result = co_await hold_call(context_, board_, settings_, modem_->session_line(), office->name,
                                       outcome.connect, call.id, task.limits);
    } else {
      call.begun = outcome.ended != modem::Ended::call_waiting;
      call.code = outcome.code;
      if (outcome.ended == modem::Ended::line_failed) call.line_error = outcome.error;
      call.result.text = outcome.text + ".";
    }
    call.begun ? counted.ends(result_of(call)) : counted.was_none();
    last_call_ = office->name + ": " + call.result.text;
    const Next next = co_await after_dialling(outcome);
    // The line does not wait for the disk of the queue.
    tasks_.spawn(finish(std::move(unfinished), std::move(task), std::move(call)));
    co_return next;
  }

  Task<> finish(std::unique_ptr<Unfinished> unfinished, CallTask task, DialledCall call) {
    co_await finish_dialled_call(context_, settings_, std::move(task), std::move(call));
    unfinished->settled();
  }

  Task<Next> after_dialling(const modem::Outcome& outcome) {
    if (outcome.ended == modem::Ended::call_waiting) co_return Next::listen;
    if (!outcome.connected() && !guarded("R16")) co_return Next::listen;
    co_return co_await hang_up();
  }

  /// DISCONNECT and RESET.
  Task<Next> hang_up() {
    board_.show(LineState::hanging_up, "Hanging up and resetting the modem.");
    write("-- Closing connection --");
    const auto hung_up = co_await modem_->disconnect();
    co_await cancellation_point();
    if (hung_up.ended == modem::Ended::refused) {
      write(fmt::format("Port {}: {}; opening it again.", settings_.async_comm_port, hung_up.text));
      board_.call_ends();
      co_return Next::reopen;
    }
    const auto outcome = co_await modem_->reset();
    co_await cancellation_point();
    board_.call_ends();
    if (outcome.ok() || outcome.ended == modem::Ended::absent || !guarded("R27")) co_return Next::listen;
    if (is_absent(outcome.error)) {
      port_is_gone();
      co_return Next::reopen;
    }
    const auto text =
        fmt::format("Failure to initialize modem after the call. {}; opening the port again.", outcome.text);
    write(text);
    co_return co_await climb(text);
  }

  // ---- letting it go

  /// Leaves no modem and no port in our hands, whatever state they are in.
  Task<> let_go() {
    if (!modem_ || !guarded("R01")) co_return;
    board_.show(LineState::hanging_up, "Resetting the modem.");
    const auto end = co_await modem_->release(settings_.stop_timeout);
    modem_.reset();
    board_.call_ends();
    write(closing_words(end, settings_.async_comm_port));
    call_.reset();
  }

  Task<> let_go_whatever_happens() {
    std::string trouble;
    try {
      co_await let_go();
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    if (trouble.empty()) co_return;
    modem_.reset();
    write(fmt::format("Port {} closed: forced; {}.", settings_.async_comm_port, lower_first(trouble)));
    call_.reset();
  }

  Context& context_;
  const config::Instance& settings_;
  Board& board_;
  ScriptLog events_;
  Port port_;
  Turns turns_;  ///< of clients and calls
  Event wake_;
  std::unique_ptr<modem::Modem> modem_;
  std::optional<log::CallMark> call_;  ///< that stands, is being made or hung up
  TaskGroup tasks_;                    ///< that go on while the line listens
  Pauses port_pauses_;
  Pauses init_pauses_;
  Duration call_due_{};  ///< a call rings; so long the modem is for it alone, once it listens
  bool gone_ = false;    ///< it was said that the port has gone
  bool waits_at_pool_ = false;
  bool in_service_ = false;  ///< the modem has been initialised since the port was opened
  Duration pause_{};         ///< before the port is opened again
  LineState pause_state_ = LineState::modem_wait;  ///< meanwhile
  std::string pause_reason_;
  bool power_due_ = false;         ///< PowerCommand is run before the port is opened again
  bool power_was_cycled_ = false;  ///< since the modem was last initialised
  std::string last_call_;          ///< with whom, and how it ended; empty if there was none
  std::string trouble_;
  std::string hung_;
};

}  // namespace

std::unique_ptr<Instance> make_modem_instance(Context& context, const config::Instance& settings,
                                              Board& board) {
  const auto trouble = context.scripts.trouble_with(to_upper(settings.comm_script));
  if (!trouble.empty()) throw Misconfigured("Disabled: " + first_line(trouble) + ".");
  return std::make_unique<ModemInstance>(context, settings, board);
}

}  // namespace external::engine
