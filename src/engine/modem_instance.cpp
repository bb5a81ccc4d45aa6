#include "call.h"
#include "instance.h"

#include <external/base/text.h>
#include <external/line/rfc2217.h>
#include <external/line/tcp.h>
#include <external/line/tty.h>
#include <external/modem/modem.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration port_pause = 5s;         ///< before a port that could not be opened is tried again
constexpr Duration first_init_pause = 10s;  ///< before a modem that failed is tried again; doubled each time
constexpr Duration longest_init_pause = 5min;
constexpr Duration connect_limit = 10s;  ///< for a modem behind a socket

/// What scripts say, in the log.
class ScriptLog final : public modem::ScriptEvents {
 public:
  ScriptLog(Context& context, std::string instance) : context_(context), instance_(std::move(instance)) {}
  void display(std::string_view text) override { context_.log.write(instance_, text); }
  void sent(std::string_view text) override { verbose("OUT", text); }
  void received(std::string_view text) override { verbose("IN", text); }

 private:
  void verbose(std::string_view direction, std::string_view text) {
    if (context_.settings.log_verbose)
      context_.log.write(instance_, fmt::format("{}: [{}]", direction, visible(text)));
  }
  Context& context_;
  std::string instance_;
};

class ModemInstance final : public Instance {
 public:
  ModemInstance(Context& context, const config::Instance& settings, std::function<void()> changed)
      : context_(context),
        settings_(settings),
        board_(context.clock, settings.name, std::move(changed)),
        events_(context, settings.name),
        wake_(context.executor),
        init_pause_(first_init_pause) {
    board_.port(settings.async_comm_port);
  }

  Board& board() override { return board_; }
  void wake() override { wake_.set(); }

  Task<> run(Event& stop) override {
    while (!stop.is_set()) {
      std::string trouble;
      try {
        co_await first_of(serve(), stop.wait());
      } catch (const std::exception& error) {
        trouble = error.what();
      }
      if (!trouble.empty()) {
        write("Unexpected trouble: " + trouble + "; the line is reset and tried again.");
        board_.show(LineState::waiting, trouble);
      }
      co_await let_go();
      if (!trouble.empty()) co_await first_of(stop.wait(), context_.clock.wait_for(port_pause));
    }
    board_.show(LineState::stopped, "Stopped.");
  }

 private:
  void write(const std::string& text) { context_.log.write(settings_.name, text); }

  const modem::Script& script_named(const std::string& name) const {
    return context_.scripts.at(to_upper(name));
  }

  // ---- getting the line ready

  Task<> serve() {
    for (;;) {
      if (!co_await open_port()) {
        co_await context_.clock.wait_for(port_pause);
        continue;
      }
      if (!co_await initialize()) {
        co_await let_go();
        co_await context_.clock.wait_for(init_pause_);
        init_pause_ = std::min(init_pause_ * 2, longest_init_pause);
        continue;
      }
      init_pause_ = first_init_pause;
      const auto why = co_await work();
      write(why);
      board_.show(LineState::waiting, why);
      co_await let_go();
      co_await context_.clock.wait_for(port_pause);
    }
  }

  Task<bool> open_port() {
    auto device = co_await open_device();
    if (!device) {
      wait_for_port(port_trouble(device.error()));
      co_return false;
    }
    trouble_.clear();
    modem_ = std::make_unique<modem::Modem>(std::move(*device), script_named(settings_.comm_script),
                                            context_.clock, events_);
    co_return true;
  }

  Task<Result<std::unique_ptr<line::Line>>> open_device() {
    if (context_.open_line) co_return co_await context_.open_line(settings_);
    constexpr std::string_view tcp = "tcp://";
    const std::string& port = settings_.async_comm_port;
    if (port.starts_with(tcp)) {
      const auto end = config::parse_host_port(port.substr(tcp.size()));
      co_return co_await line::connect_tcp(end.host, end.port, context_.clock,
                                           context_.clock.now() + connect_limit);
    }
    constexpr std::string_view rfc2217 = "rfc2217://";
    if (port.starts_with(rfc2217)) {
      const auto end = config::parse_host_port(port.substr(rfc2217.size()));
      line::Rfc2217Options remote;
      remote.speed = settings_.async_speed;
      co_return co_await line::connect_rfc2217(end.host, end.port, remote, context_.clock,
                                               context_.clock.now() + connect_limit);
    }
    line::TtyOptions options;
    options.speed = settings_.async_speed;
    options.lock_folder = settings_.lock_folder.string();
    co_return line::open_tty(context_.executor, context_.clock, port, options);
  }

  std::string port_trouble(error_code error) const {
    const std::string& port = settings_.async_comm_port;
    if (error == line::Error::held) {
      const auto holder = line::holder_of(port, settings_.lock_folder.string());
      if (!holder)
        return fmt::format("Port {} is held by another process; end it, or use another port.", port);
      return fmt::format("Port {} is held by {} (process {}); end it, or use another port.", port,
                         holder->program.empty() ? "a process" : holder->program, holder->pid);
    }
    if (error == boost::system::errc::no_such_file_or_directory || error == line::Error::hung_up) {
      return fmt::format("Port {} is absent; plug the modem in, or correct AsyncCommPort.", port);
    }
    if (error == boost::system::errc::permission_denied) {
      return fmt::format("Port {} may not be opened: {}; add the user to the group dialout.", port,
                         error.message());
    }
    return fmt::format("Port {} cannot be opened: {}.", port, error.message());
  }

  /// Says it once, not at each try.
  void wait_for_port(const std::string& why) {
    if (why != trouble_) write(why);
    trouble_ = why;
    board_.show(LineState::waiting, why);
    context_.planner.refuse(&settings_, why);
  }

  Task<bool> initialize() {
    board_.show(LineState::initialising);
    write(fmt::format("Initializing Modem: {}, {} bps, script {}", settings_.async_comm_port,
                      settings_.async_speed, settings_.comm_script));
    const auto outcome = co_await modem_->initialize();
    co_await cancellation_point();
    if (outcome.ok()) {
      write("Initialization complete. Ready.");
      co_return true;
    }
    const auto text = fmt::format(
        "Failure to initialize modem session. {}; check that the modem is on, its cable, AsyncSpeed and "
        "CommScript.",
        outcome.text);
    write(text);
    board_.show(LineState::waiting, text);
    context_.planner.refuse(&settings_, text);
    co_return false;
  }

  // ---- idle, dialling, answering

  /// Dials and answers until the line fails; returns the sentence that says why.
  Task<std::string> work() {
    for (;;) {
      board_.show(LineState::idle);
      wake_.clear();
      if (context_.answer_calls && !settings_.comm_out_only) {
        // A call that comes in goes before one that goes out.
        if (!co_await modem_->wait_for_ring(context_.clock.now())) {
          if (!co_await answer()) co_return reset_failed_;
          continue;
        }
      }
      if (auto task = context_.planner.next_call(settings_)) {
        if (!co_await dial(std::move(*task))) co_return reset_failed_;
        continue;
      }
      const auto error = co_await wait_for_work();
      if (error && error != asio::error::timed_out) {
        co_return fmt::format("Port {} is gone: {}; waiting for its return.", settings_.async_comm_port,
                              error.message());
      }
    }
  }

  /// Until there may be a call to answer or to make. The error is the line's.
  Task<error_code> wait_for_work() {
    error_code error;
    auto listen = [](modem::Modem& modem, TimePoint deadline, error_code& result) -> Task<> {
      result = co_await modem.wait_for_ring(deadline);
    };
    const auto first = co_await first_of(listen(*modem_, context_.planner.next_look(), error), wake_.wait());
    co_await cancellation_point();
    // Woken, listening was cancelled, and that is no trouble of the line.
    co_return first == 0 ? error : error_code();
  }

  /// False: the modem could not be made ready again.
  Task<bool> answer() {
    board_.show(LineState::ringing);
    const auto outcome = co_await modem_->answer();
    co_await cancellation_point();
    if (!outcome.connected()) {
      if (outcome.ended == modem::Ended::line_failed) {
        reset_failed_ = fmt::format("Port {} is gone: {}; waiting for its return.", settings_.async_comm_port,
                                    outcome.text);
        co_return false;
      }
      if (outcome.code != modem::ReturnCode::no_answer) write("Call not answered: " + outcome.text);
      co_return true;
    }
    write("Answering call: " + connect_text(outcome));
    const std::string nobody;
    co_await hold_call(context_, board_, settings_.name, modem_->session_line(), nobody, outcome.connect);
    co_return co_await hang_up();
  }

  Task<bool> dial(CallTask task) {
    const auto* office = context_.settings.find_post_office(task.post_office);
    write(fmt::format("{}: Queued {} {} of mail to send, {} bytes.", office->name, task.messages,
                      task.messages == 1 ? "item" : "items", task.bytes));
    write("Calling: " + office->name);
    board_.show(LineState::dialling, "Calling " + office->name);
    Unfinished unfinished(context_, task);

    std::optional<modem::Script> own_script;
    if (!office->script.empty()) own_script = script_named(office->script);
    modem::CallRequest request(office->phone, settings_.dial_mode == config::DialMode::tone ? "T" : "P",
                               std::move(own_script));
    const auto outcome = co_await modem_->call(std::move(request));
    co_await cancellation_point();

    CallResult result;
    bool counts = outcome.code != modem::ReturnCode::dial_reject;
    if (outcome.connected()) {
      result = co_await hold_call(context_, board_, settings_.name, modem_->session_line(), office->name,
                                  outcome.connect);
      counts = !result.moved_mail;
    } else {
      result.text = outcome.ended == modem::Ended::returned ? fmt::format("{}.", modem::name_of(outcome.code))
                                                            : outcome.text;
    }
    const bool ready = co_await hang_up();
    unfinished.settled();
    co_await finish_dialled_call(context_, settings_.name, std::move(task), result.ok, counts, result.text);
    co_return ready;
  }

  static std::string connect_text(const modem::Outcome& outcome) {
    return outcome.connect.empty() ? std::string(modem::name_of(outcome.code)) : outcome.connect;
  }

  /// DISCONNECT and RESET. False: the modem has to be initialised again.
  Task<bool> hang_up() {
    board_.show(LineState::hanging_up);
    write("-- Closing connection --");
    co_await modem_->disconnect();
    const auto outcome = co_await modem_->reset();
    co_await cancellation_point();
    board_.call_ends();
    if (outcome.ok() || outcome.ended == modem::Ended::absent) co_return true;
    reset_failed_ =
        fmt::format("Failure to initialize modem after the call. {}; initialising it again.", outcome.text);
    co_return false;
  }

  // ---- letting it go

  /// Leaves no modem and no port in our hands, whatever state they are in.
  Task<> let_go() {
    if (!modem_) co_return;
    board_.show(LineState::hanging_up, "Resetting the modem.");
    const auto started = context_.clock.now();
    co_await modem_->release(settings_.stop_timeout);
    const bool forced = context_.clock.now() - started >= settings_.stop_timeout;
    modem_.reset();
    board_.call_ends();
    write(fmt::format("{}, port {} closed.", forced ? "Modem did not answer in time" : "Modem reset",
                      settings_.async_comm_port));
  }

  Context& context_;
  const config::Instance& settings_;
  Board board_;
  ScriptLog events_;
  Event wake_;
  std::unique_ptr<modem::Modem> modem_;
  Duration init_pause_;
  std::string trouble_;
  std::string reset_failed_;
};

}  // namespace

std::unique_ptr<Instance> make_modem_instance(Context& context, const config::Instance& settings,
                                              std::function<void()> changed) {
  return std::make_unique<ModemInstance>(context, settings, std::move(changed));
}

}  // namespace external::engine
