#include "call.h"

#include "diagnostics.h"
#include "dialled_call.h"
#include "line_meter.h"
#include "rooms.h"
#include "session_events.h"
#include "sign_on.h"

#include <external/base/text.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration sign_on_limit = 30s;
constexpr Duration full_disk_pause = 5min;  ///< before a post office whose disk is full is called for mail

std::string messages(std::uint64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "message" : "messages");
}

/// The last words about a call, also when it is cut short from outside.
class CallEnd {
 public:
  CallEnd(Context& context, Board& board, std::string instance, std::string id)
      : context_(context), board_(board), instance_(std::move(instance)), id_(std::move(id)) {}
  CallEnd(const CallEnd&) = delete;
  CallEnd& operator=(const CallEnd&) = delete;
  ~CallEnd() {
    board_.session(nullptr);
    context_.log.write_of_call(instance_, id_, "Connection end. " + reason_);
  }
  void reason(std::string text) { reason_ = std::move(text); }
  const std::string& reason() const { return reason_; }

 private:
  Context& context_;
  Board& board_;
  std::string instance_;
  std::string id_;
  std::string reason_ = "Stopped by the operator.";
};

std::string reason_for(error_code error) {
  if (!error) return "Disconnection.";
  if (error == line::Error::hung_up) return "Lost carrier.";
  if (error == link::Error::silent || error == asio::error::timed_out) return "No answer from the other end.";
  if (error == link::Error::wrong_credentials) return "Sign-on ID or password incorrect.";
  if (error == link::Error::broken_seal)
    return "Protocol error: what arrived is not what the other end sealed. A line this bad needs "
           "LineReliable = no; "
           "otherwise somebody interferes.";
  if (error == link::Error::protocol) return "Protocol error: the other end broke the protocol.";
  std::string text = error.message();
  if (!text.empty()) text[0] = to_upper(text.substr(0, 1))[0];
  return text + ".";
}

class Call {
 public:
  Call(Context& context, Board& board, const config::Instance& instance, line::Line& line, std::string called,
       std::string connect, std::string id, CallLimits limits)
      : context_(context),
        settings_(context.settings),
        board_(board),
        line_settings_(instance),
        instance_(instance.name),
        line_(line),
        called_(std::move(called)),
        connect_(std::move(connect)),
        id_(std::move(id)),
        limits_(limits),
        meter_(context, called_, limits.time),
        standing_(context.calls, instance_, context.executor),
        port_before_(line.port_errors()),
        end_(context, board, instance_, id_),
        link_(link::make_link(line, context.clock, context.executor, link_options())),
        sign_on_(context, settings_, instance, {line, *link_, called_, connect_, id_}),
        use_(board.tally(), [this] { return use(); }) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    write_entry();
    if (called_.empty()) board_.tally().answered(outcome_);
  }

  Task<CallResult> hold() {
    board_.show(LineState::connected, "Connected; both ends sign on.");
    const Diagnosis diagnosis{*this};
    try {
      co_await first_of(serve_link(), talk(), standing_.hang_up().wait(), meter_.run());
    } catch (const boost::system::system_error&) {
      throw;  // stopped
    } catch (const std::runtime_error& error) {
      trouble_ = error.what();
    }
    if (!trouble_.empty() || hung_up()) error_ = asio::error::operation_aborted;
    end_.reason(why());
    if (!error_ && !is_person(*settings_, peer_)) context_.good_calls[peer_] = context_.clock.wall();
    auto result = this->result();
    outcome_ = result_of(result);
    co_return result;
  }

 private:
  link::Options link_options() const {
    link::Options options;
    options.answerer = called_.empty();
    options.bits_per_second = line_.speed();
    options.carries_all = line_settings_.comm_type == config::CommType::tcp;
    options.half_duplex = line_settings_.half_duplex;
    return options;
  }

  void write(const std::string& text) { context_.log.write_of_call(instance_, id_, text); }

  bool hung_up() { return standing_.hang_up().is_set() || meter_.is_used_up(); }

  std::string why() {
    if (meter_.is_used_up()) return "MinutesPerDay is used up; the rest goes another day.";
    if (hung_up()) return "Hung up by the operator.";
    return trouble_.empty() ? reason_for(error_) : "Trouble at this end: " + trouble_;
  }

  /// The counters of the line, also when the call is cut short from outside.
  struct Diagnosis {
    Call& call;
    ~Diagnosis() { call.write_diagnostics(); }
  };

  void write_diagnostics() {
    if (!settings_->debug_xcsi && !settings_->log_verbose) return;
    std::optional<line::PortErrors> port;
    if (const auto now = line_.port_errors(); now && port_before_) port = *now - *port_before_;
    for (const auto& text : connection_diagnostics(link_->statistics(), port)) write(text);
  }

  CallUse use() const {
    const auto line = link_->statistics();
    const auto moved = session_ ? session_->progress() : progress_;
    CallUse use;
    use.seconds = std::chrono::duration<double>(context_.clock.now() - connected_).count();
    use.capacity = use.seconds * line_.speed() / 10;
    use.bytes_sent = moved.bytes_sent;
    use.bytes_received = moved.bytes_received;
    use.wire_bytes_sent = line.bytes_sent;
    use.wire_bytes_received = line.bytes_received;
    use.retransmissions = line.frames_repeated;
    use.damaged_frames = damaged_frames(line);
    return use;
  }

  static std::uint64_t damaged_frames(const link::Statistics& line) {
    return line.bad_starts + line.bad_heads + line.bad_checks + line.bad_frames;
  }

  /// Runs the link; when it ends, talk() hears of it from the link itself and has the last word.
  Task<> serve_link() {
    co_await link_->run();
    co_await asio::steady_timer(context_.executor, asio::steady_timer::time_point::max())
        .async_wait(asio::use_awaitable);
  }

  Task<> talk() {
    const auto deadline = context_.clock.now() + sign_on_limit;
    error_ = co_await sign_on_.run(deadline);
    if (error_) {
      if (line_.speed() > 0) co_await link_->flush(context_.clock.now() + 2s);
      co_return;
    }
    co_await exchange();
  }

  Task<> exchange() {
    const bool incoming = called_.empty();
    const bool of_office = incoming && !is_person(*settings_, peer_);
    if (of_office) {
      context_.store.post_call_works(peer_);
      context_.planner.incoming_call_begins(peer_, instance_);
    }
    struct CallEnds {
      Context& context;
      const std::string& peer;
      const std::string& instance;
      bool armed;
      ~CallEnds() {
        if (!armed) return;
        context.planner.incoming_call_ends(peer, instance);
        context.look_again();  // what waits now, and what was counted
      }
    } const call_ends{context_, peer_, instance_, of_office};

    const auto waiting = context_.planner.waiting_for(peer_);
    board_.call_begins(peer_, line_.speed(), static_cast<unsigned>(waiting.messages), waiting.bytes);
    board_.show(LineState::transferring, "Exchanging mail with " + peer_ + ".");
    write("Message transmission start.");
    started_ = context_.clock.now();
    const auto rooms = make_rooms();
    const PeerIsFull peer_is_full{context_, *rooms, peer_};
    SessionEvents events(context_, instance_, peer_, id_);
    session::Options options;
    options.longest_standstill = line_settings_.standstill;
    options.bits_per_second = line_.speed();
    co_await rooms->prepare(options);
    const auto role = incoming ? session::Role::answerer : session::Role::caller;
    const auto session = session::make_session(*link_, rooms->outbox(), rooms->inbox(), events,
                                               context_.clock, context_.executor, role, options);
    struct Shown {
      Board& board;
      ~Shown() { board.session(nullptr); }
    } const shown{board_};
    board_.session(session.get());
    error_ = asio::error::operation_aborted;  // if it is stopped
    const Totals totals(*this, *session);
    if (incoming) {
      error_ = co_await session->run();
    } else {
      co_await first_of(run_session(*session), sign_on_.meet());
    }
    co_await rooms->finish();
  }

  std::unique_ptr<Rooms> make_rooms() {
    if (called_.empty() && is_person(*settings_, peer_))
      return rooms_for_owner(context_.store, context_.executor, peer_);
    if (!context_.store.directory()->book().person.empty())
      return rooms_for_collecting(context_.store, peer_, context_.collect, limits_.messages);
    return rooms_for_office(context_.store, peer_, limits_.messages);
  }

  /// New mail must not lead to call after call.
  struct PeerIsFull {
    Context& context;
    const Rooms& rooms;
    const std::string& peer;
    ~PeerIsFull() {
      if (rooms.peer_is_full()) context.planner.rests().set_full(peer, context.clock.now() + full_disk_pause);
    }
  };

  Task<> run_session(session::Session& session) {
    const auto error = co_await session.run();
    co_await cancellation_point();
    error_ = error;
  }

  /// Sums the session up, also when it is cut short from outside.
  struct Totals {
    Call& call;
    const session::Session& session;
    Totals(Call& its_call, const session::Session& its_session) : call(its_call), session(its_session) {
      call.session_ = &session;
    }
    Totals(const Totals&) = delete;
    Totals& operator=(const Totals&) = delete;
    ~Totals() {
      call.session_ = nullptr;
      call.progress_ = session.progress();
      call.write_totals();
    }
  };

  void write_totals() {
    write(fmt::format("Message transmission {}. Bytes transmitted: {}, received: {}",
                      error_ ? "broken" : "complete", progress_.bytes_sent, progress_.bytes_received));
    const double seconds = std::chrono::duration<double>(context_.clock.now() - started_).count();
    std::string text = fmt::format("Session of {:.1f} s: {} sent, {} received", seconds,
                                   messages(progress_.messages_sent), progress_.messages_received);
    if (const auto efficiency = efficiency_over(seconds)) text += ", line " + *efficiency;
    const auto line = link_->statistics();
    text += fmt::format(", {} frames repeated, {} mended, {} damaged", line.frames_repeated,
                        line.frames_mended, damaged_frames(line));
    write(text + ".");
  }

  /// Bytes of messages against what the line carries in that time; nothing where that is unknown.
  std::optional<std::string> efficiency_over(double seconds) const {
    if (line_.speed() == 0 || seconds <= 0) return std::nullopt;
    const double carried = line_.speed() / 10.0 * seconds;
    return fmt::format("efficiency {:.2f} sending, {:.2f} receiving",
                       static_cast<double>(progress_.bytes_sent) / carried,
                       static_cast<double>(progress_.bytes_received) / carried);
  }

  /// The whole call in one line, also for one in which nothing moved.
  void write_summary(const log::CallEntry& entry) {
    const double seconds = std::chrono::duration<double>(context_.clock.now() - connected_).count();
    const auto line = link_->statistics();
    const auto errors =
        line.frames_repeated + line.bad_starts + line.bad_heads + line.bad_checks + line.bad_frames;
    std::string text =
        fmt::format("Call {} {}: {:.0f} s, sent {} of {} bytes, received {} of {} bytes",
                    called_.empty() ? "from" : "to", entry.peer.empty() ? "?" : entry.peer, seconds,
                    entry.sent, entry.sent_bytes, entry.received, entry.received_bytes);
    if (const auto efficiency = efficiency_over(seconds)) text += ", " + *efficiency;
    write(text + fmt::format(", {} line errors; {}", errors, entry.outcome));
  }

  /// For Callin.log or Callout.log, also when the call is cut short from outside.
  void write_entry() {
    log::CallEntry entry;
    entry.began = began_;
    entry.lasted = std::chrono::duration_cast<std::chrono::seconds>(context_.clock.now() - connected_);
    entry.instance = instance_;
    entry.peer = peer_.empty() ? called_ : peer_;
    entry.connection = connect_.empty() ? line_.name() : connect_;
    entry.sent = progress_.messages_sent;
    entry.sent_bytes = progress_.bytes_sent;
    entry.received = progress_.messages_received;
    entry.received_bytes = progress_.bytes_received;
    entry.outcome = end_.reason();
    entry.call = id_;
    if (called_.empty()) {
      context_.mail_logs.answered(entry);
    } else {
      context_.mail_logs.called(entry);
    }
    write_summary(entry);
  }

  CallResult result() {
    CallResult result;
    result.peer = peer_;
    result.ok = !error_;
    result.logged = true;
    result.hung_up = hung_up();
    result.moved_mail = progress_.bytes_sent + progress_.bytes_received + progress_.messages_sent > 0;
    result.trouble_here = !trouble_.empty();
    result.error = error_;
    result.text = error_ ? why()
                         : fmt::format("{} sent, {} received", messages(progress_.messages_sent),
                                       progress_.messages_received);
    return result;
  }

  Context& context_;
  const std::shared_ptr<const config::Settings> settings_;  ///< of its beginning
  Board& board_;
  const config::Instance& line_settings_;
  const std::string& instance_;
  line::Line& line_;
  std::string called_;
  std::string connect_;
  std::string id_;
  CallLimits limits_;
  LineMeter meter_;
  StandingCalls::Call standing_;
  Result<line::PortErrors> port_before_;
  CallEnd end_;
  std::unique_ptr<link::Link> link_;
  SignOn sign_on_;
  const std::string& peer_ = sign_on_.peer();
  error_code error_;
  std::string trouble_;  ///< of the queue, while the call stood
  std::string_view outcome_ = Tally::stopped;
  session::Progress progress_;
  const session::Session* session_ = nullptr;  ///< while it runs
  TimePoint started_{};
  WallTime began_ = context_.clock.wall();
  TimePoint connected_ = context_.clock.now();
  Tally::Standing use_;  // last: it looks at the others when it goes
};

}  // namespace

Task<CallResult> hold_call(Context& context, Board& board, const config::Instance& instance, line::Line& line,
                           const std::string& called, const std::string& connect, const std::string& id,
                           CallLimits limits) {
  Call call(context, board, instance, line, called, connect, id, limits);
  co_return co_await call.hold();
}

}  // namespace external::engine
