#include "comm_settings.h"
#include "instance.h"
#include "modem_words.h"
#include "modem_work.h"
#include "recovery_ladder.h"
#include "script_log.h"
#include "watchdog.h"

#include <external/base/guard.h>
#include <external/base/text.h>
#include <external/line/trouble.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration first_port_pause = 250ms;  ///< before a port that could not be opened is tried again
constexpr Duration longest_port_pause = 30s;
constexpr Duration watch_period = 1s;
constexpr Duration pool_pause = 2s;  ///< while all modems of a pool are in use

std::string lower_first(std::string text) {
  if (!text.empty()) text[0] = to_lower(text.substr(0, 1))[0];
  return text;
}

/// Of the errors of a script; the rest tells `external script check`.
std::string first_line(const std::string& errors) {
  return errors.substr(0, errors.find('\n'));
}

/// The life of a port: opened, its modem initialised and put to work, let go, opened again.
class ModemInstance final : public Instance {
 public:
  ModemInstance(Context& context, const config::Instance& settings, Board& board)
      : context_(context),
        settings_(settings),
        board_(board),
        events_(context, settings.name),
        port_(context, settings),
        hold_(context, settings, board),
        tasks_(context.executor),
        recovery_(context, settings, board),
        work_(context, settings, board, port_, hold_, tasks_),
        port_pauses_(first_port_pause, longest_port_pause) {}

  void wake() override {
    work_.wake();
    hold_.wake();
  }

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
  enum class Next { initialise, work, reopen };

  void write(const std::string& text) { context_.log.write(settings_.name, text); }

  const modem::Script& script() const { return context_.scripts.at(to_upper(settings_.comm_script)); }

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

  Task<> serve() {
    for (;;) {
      const std::string last = trouble_.empty() ? work_.last_call() : trouble_;
      co_await hold_.until_wanted(last);
      const bool opened = co_await open();
      if (!opened) continue;
      Next next = Next::initialise;
      while (next == Next::initialise) {
        next = co_await initialize();
        while (next == Next::work) next = co_await work();
      }
      co_await let_go();
      work_.is_let_go();
      co_await keep_closed();
    }
  }

  /// Until the port may be opened again.
  Task<> keep_closed() {
    if (pause_.length > Duration::zero()) board_.show(pause_.state, pause_.why);
    const auto settles = co_await recovery_.cycle_power();
    if (settles) pause_.length = *settles;
    co_await context_.clock.wait_for(std::exchange(pause_.length, Duration::zero()));
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
    modem_ = std::make_unique<modem::Modem>(std::move(*device), script(), context_.clock, events_,
                                            modem_options());
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
    modem_->use(script());
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
      recovery_.works();
      is_initialised();
      co_return Next::work;
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
    hold_.waits_at_pool();
    // Where each call begins with this wait it is a part of the call.
    if (!settings_.holds_port_for_calls_only()) context_.planner.refuse(&settings_, why);
    co_await context_.clock.wait_for(pool_pause);
    co_return hold_.is_wanted() ? Next::initialise : Next::reopen;
  }

  void is_initialised() {
    port_pauses_.reset();
    waits_at_pool_ = false;
    trouble_.clear();
    in_service_ = true;
    hold_.works();
    write(comm_settings(settings_, modem_->device().speed()));
    write("Initialization complete. Ready.");
  }

  std::string initialisation_failed(const modem::Outcome& outcome) const {
    return "Failure to initialize modem session. " +
           (events_.heard()
                ? fmt::format("{}; check that CommScript and AsyncSpeed fit the modem.", outcome.text)
                : line::silent_modem(settings_.async_comm_port).text());
  }

  /// What has to be done for the modem to work again.
  Task<Next> work() {
    const auto back = co_await work_.run(*modem_);
    switch (back.kind) {
      case Handback::Kind::changed:
        co_return Next::initialise;
      case Handback::Kind::unready:
        co_return co_await climb(back.why);
      case Handback::Kind::hangs:
      case Handback::Kind::needless:
        co_return Next::reopen;
      case Handback::Kind::stuck:
        write(back.why);
        pause_ = {port_pauses_.next(), back.why};
        co_return Next::reopen;
      case Handback::Kind::gone:
        port_is_gone(back.why);
        co_return Next::reopen;
    }
    co_return Next::reopen;
  }

  /// Recovery. `why`: what is wrong, a sentence.
  Task<Next> climb(std::string why) {
    const auto top = co_await recovery_.climb(*modem_);
    if (top == RecoveryLadder::Top::works) {
      is_initialised();
      co_return Next::work;
    }
    if (top == RecoveryLadder::Top::absent) {
      port_is_gone();
      co_return Next::reopen;
    }
    pause_ = recovery_.give_up(why);
    trouble_ = why;
    context_.planner.refuse(&settings_, why);
    // Somebody may mend the script meanwhile.
    tasks_.spawn(context_.scripts.reload());
    co_return Next::reopen;
  }

  /// `why`: the cause, if it is known.
  void port_is_gone(const std::string& why = {}) {
    trouble_ = fmt::format("Port {} is gone: {}; waiting for its return.", settings_.async_comm_port,
                           why.empty() ? "unplugged, or its driver or server has failed" : why);
    gone_ = true;
    write(trouble_);
    board_.show(LineState::absent, trouble_);
    context_.planner.refuse(&settings_, trouble_);
    // One that opens and goes at once would otherwise be opened again and again without a pause.
    if (!in_service_) pause_ = {port_pauses_.next(), trouble_, LineState::absent};
  }

  /// Leaves no modem and no port in our hands, whatever state they are in.
  Task<> let_go() {
    if (!modem_ || !guarded("R01")) co_return;
    if (waits_at_pool_) co_return leave_queue();
    board_.show(LineState::hanging_up, "Resetting the modem.");
    const auto end = co_await modem_->release(settings_.stop_timeout);
    modem_.reset();
    board_.call_ends();
    write(closing_words(end, settings_.async_comm_port));
    work_.is_let_go();
  }

  /// There is no modem that could be reset.
  void leave_queue() {
    modem_.reset();
    waits_at_pool_ = false;
    write(fmt::format("Port {} closed; no modem was given for it.", settings_.async_comm_port));
    work_.is_let_go();
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
    work_.is_let_go();
  }

  Context& context_;
  const config::Instance& settings_;
  Board& board_;
  ScriptLog events_;
  Port port_;
  PortHold hold_;
  TaskGroup tasks_;  ///< that go on while the line listens
  RecoveryLadder recovery_;
  ModemWork work_;
  std::unique_ptr<modem::Modem> modem_;  ///< while the port is open
  Pauses port_pauses_;
  PortPause pause_;    ///< before the port is opened again
  bool gone_ = false;  ///< it was said that the port has gone
  bool waits_at_pool_ = false;
  bool in_service_ = false;  ///< the modem has been initialised since the port was opened
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
