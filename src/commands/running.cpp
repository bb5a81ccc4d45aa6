#include "running.h"

#include "control_commands.h"
#include "desk_commands.h"
#include "door_words.h"
#include "exit.h"
#include "home.h"
#include "metrics_snapshot.h"
#include "office_view.h"
#include "screen.h"
#include "share_commands.h"
#include "share_view.h"
#include "standing.h"
#include "traffic_view.h"

#include <external/base/async.h>
#include <external/base/text.h>
#include <external/metrics/exposition.h>
#include <external/metrics/http_server.h>
#include <mailqueue/error.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include <unistd.h>

namespace external::commands {

namespace {

constexpr std::size_t recent_lines = 100;

void make_folders(const config::Settings& settings) {
  // Trouble shows when they are used, which says it better.
  std::error_code ignored;
  std::filesystem::create_directories(settings.log_session.parent_path(), ignored);
  std::filesystem::create_directories(settings.mail_folder(), ignored);
}

template <class Make>
void make_or_fail(Exit exit, Make make) {
  try {
    make();
  } catch (const mailqueue::Error&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw Failure(exit, error.what());
  }
}

std::optional<WallTime> known(WallTime time) {
  if (time == WallTime() || time == WallTime::max()) return std::nullopt;
  return time;
}

control::LineTotals line_totals(const engine::LineTotals& from) {
  control::LineTotals to;
  to.calls_made = from.calls_made;
  to.calls_answered = from.calls_answered;
  to.calls_failed = from.calls_failed;
  to.made.insert(from.made.begin(), from.made.end());
  to.answered.insert(from.answered.begin(), from.answered.end());
  to.seconds = from.seconds;
  to.capacity = from.capacity;
  to.bytes_sent = from.bytes_sent;
  to.bytes_received = from.bytes_received;
  to.wire_bytes_sent = from.wire_bytes_sent;
  to.wire_bytes_received = from.wire_bytes_received;
  to.retransmissions = from.retransmissions;
  to.damaged_frames = from.damaged_frames;
  return to;
}

control::LineStatus line_status(const engine::LineReport& report) {
  control::LineStatus line;
  line.instance = report.instance;
  line.state = engine::name_of(report.state);
  line.since = report.since;
  line.port = report.port;
  line.peer = report.peer;
  line.speed = report.speed;
  line.bytes_sent = report.bytes_sent;
  line.bytes_received = report.bytes_received;
  line.bytes_total = report.bytes_total;
  line.messages_done = report.messages_done;
  line.messages_total = report.messages_total;
  line.efficiency = report.efficiency;
  line.detail = report.detail;
  line.held = report.held;
  line.line_errors = report.line_errors;
  line.totals = line_totals(report.totals);
  return line;
}

control::QueueStatus queue_status(const engine::QueueReport& report) {
  control::QueueStatus queue;
  queue.destination = report.destination;
  queue.count = report.messages;
  queue.bytes = report.bytes;
  queue.oldest = known(report.oldest);
  queue.next_attempt = known(report.next_attempt);
  queue.last_error = report.last_error;
  queue.held = report.held;
  return queue;
}

control::CallsStatus calls_status(const engine::CallsReport& report) {
  control::CallsStatus calls;
  calls.post_office = report.post_office;
  calls.undialable = report.undialable;
  calls.cause = report.cause;
  calls.failures = report.failures;
  calls.failed = known(report.failed);
  calls.until = known(report.until);
  calls.last_error = report.error;
  return calls;
}

log::Format log_format(config::LogFormat format) {
  switch (format) {
    case config::LogFormat::classic:
      return log::Format::classic;
    case config::LogFormat::iso:
      return log::Format::iso;
    case config::LogFormat::json:
      return log::Format::json;
  }
  return log::Format::classic;
}

}  // namespace

Running::Running(config::Settings settings, Clock& clock, const RunningOptions& options)
    : settings_(std::make_shared<const config::Settings>(std::move(settings))),
      clock_(clock),
      console_(options.console),
      started_(clock.wall()),
      notifier_(options.manager.socket),
      manager_(io_.get_executor(), clock, notifier_, options.manager, [this] { return standing(); }),
      stop_signals_(io_.get_executor(),
                    options.reload_on_hangup ? service::stop_signals_of_services : service::stop_signals),
      rotation_signals_(io_.get_executor(), {SIGUSR1}),
      reload_signals_(io_.get_executor(),
                      options.reload_on_hangup ? service::reload_signals : service::no_signals),
      reloading_(
          settings_, options.overrides,
          {[this](auto next) { return use(std::move(next)); },
           [this](std::string name) -> Task<> { co_await engine_->renew_instance(std::move(name)); }}) {
  const auto executor = io_.get_executor();
  make_or_fail(Exit::unavailable, [&] {
    control_.emplace(executor, clock_, settings_->control_socket().string(), settings_->control_group);
  });
  make_folders(*settings_);
  make_or_fail(Exit::cannot_create, [&] {
    log_.emplace(clock_, settings_->log_session.string(), log_options(options.journal));
    mail_logs_.emplace(clock_, *log_, mail_log_paths());
  });
  auto engine_options = options.engine;
  engine_options.mail_logs = &*mail_logs_;
  make_or_fail(Exit::unavailable, [&] { pools_.emplace(executor, clock_, *log_, settings_->shares); });
  engine_options.lender = &*pools_;
  make_or_fail(Exit::config, [&] { engine_.emplace(executor, clock_, *settings_, *log_, engine_options); });
  make_or_fail(Exit::unavailable, [&] { open_entrance(); });
  pools_->serve(lines_for_pools());
  offer_commands(*control_, *this);
  offer_share_commands(*control_, *this);
  offer_desk_commands(*control_, *this);
}

Running::~Running() = default;

log::SessionLogOptions Running::log_options(std::string journal) const {
  log::SessionLogOptions options;
  options.format = log_format(settings_->log.format);
  options.rotation = {settings_->log.rotate_bytes, settings_->log.rotate_time, settings_->log.keep};
  options.journal = std::move(journal);
  return options;
}

log::MailLogPaths Running::mail_log_paths() const {
  const auto path = [this](bool wanted, const char* name) {
    return wanted ? std::optional((settings_->log_session.parent_path() / name).string()) : std::nullopt;
  };
  log::MailLogPaths paths;
  paths.sent = path(settings_->log_sent, "Sent.log");
  paths.received = path(settings_->log_receive, "Recv.log");
  paths.call_in = path(settings_->log_call_in, "Callin.log");
  paths.call_out = path(settings_->log_call_out, "Callout.log");
  paths.system = path(settings_->log_system, "System.log");
  return paths;
}

void Running::open_entrance() {
  if (!has_entrance(*settings_)) return;
  // They are called on the thread of the entrance.
  const auto log = [this](const std::string& line) {
    asio::post(io_, [this, line] { log_->write({}, line); });
  };
  intake::Hooks hooks;
  hooks.news = [this] { asio::post(io_, [this] { engine_->mail_arrived(); }); };
  hooks.log = log;
  hooks.tell = [log](const postoffice::DeliveryEvent& event) { log(event.text); };
  entrance_.emplace(clock_, std::make_shared<const engine::Directory>(settings_), std::move(hooks));
}

Task<> Running::take_mail() {
  if (!entrance_) co_return;
  for (const auto& place : entrance_->places()) log_->write({}, "Mail is taken by " + place + ".");
  co_await entrance_->run();
}

sharing::Lines Running::lines_for_pools() {
  sharing::Lines lines;
  lines.wake = [this](const std::string& instance) { engine_->wake_line(instance); };
  lines.is_free = [this](const std::string& instance) {
    return engine_->line_state(instance) == engine::LineState::listening;
  };
  lines.activity = [this](const std::string& instance) { return activity_of(instance); };
  return lines;
}

std::string Running::activity_of(const std::string& instance) const {
  for (const auto& line : engine_->report().lines) {
    if (!equal_no_case(line.instance, instance)) continue;
    if (line.state == engine::LineState::listening) return "is about to be lent";
    const std::string state = to_lower(std::string(engine::name_of(line.state)));
    return line.peer.empty() ? "is " + state : "is in a call with " + line.peer;
  }
  return "is not there";
}

Task<> Running::lend_modems() {
  for (const auto& line : door_words({}, pools_->places())) log_->write({}, line);
  co_await pools_->run();
}

void Running::run(Companion companion) {
  service::ignore_write_signals();
  std::exception_ptr failure;
  asio::co_spawn(io_, serve(std::move(companion)), [&](std::exception_ptr thrown) {
    failure = thrown;
    io_.stop();
  });
  io_.run();
  log_->write({}, "External ended.");
  log_->close();
  if (failure) std::rethrow_exception(failure);
}

void Running::stop() {
  if (std::exchange(stopping_, true)) return;
  log_->write({}, "Shutting down ...");
  manager_.stopping(longest_stop(*settings_));
  pools_->stop();
  engine_->stop();
}

Task<> Running::serve(Companion companion) {
  log_->write({}, "External " EXTERNAL_VERSION " started for " + settings_->home_po + ", process " +
                      std::to_string(::getpid()) + ".");
  log_->write({}, disk_guard(*settings_).settings_text() + ".");
  auto beside = [&]() -> Task<> {
    if (companion) co_await companion(*engine_);
  };
  co_await first_of(engine_->run(), for_ever(control_->run()), for_ever(watch_stop_signals()),
                    for_ever(watch_rotation()), for_ever(watch_reload()), for_ever(show_screen()),
                    for_ever(beside()), for_ever(take_mail()), for_ever(lend_modems()),
                    for_ever(tell_metrics()), for_ever(tell_manager()));
}

// What stands beside the engine must not end it: its trouble is logged, and it ends with the engine.
Task<> Running::for_ever(Task<> task) {
  std::string trouble;
  try {
    co_await std::move(task);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    trouble = error.what();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) {
    log_->write({}, trouble + "; lines and mail go on, start External again to have this part of it back.");
  }
  Event end(co_await asio::this_coro::executor);
  co_await end.wait();
}

Task<> Running::watch_stop_signals() {
  for (;;) {
    co_await stop_signals_.next();
    stop();
  }
}

Task<> Running::watch_rotation() {
  for (;;) {
    co_await rotation_signals_.next();
    log_->reopen();
  }
}

Task<> Running::watch_reload() {
  for (;;) {
    co_await reload_signals_.next();
    co_await reload();
  }
}

Task<Reload> Running::reload(std::string instance) {
  manager_.reload_begins();
  auto result = co_await reloading_.run(std::move(instance));
  manager_.reload_ended();
  for (const auto& line : result.lines) log_->write({}, line);
  co_return result;
}

Task<std::vector<std::string>> Running::use(std::shared_ptr<const config::Settings> settings) {
  Worker worker;
  const auto read = [&settings] { return sharing::read_pools(settings->shares); };
  auto pools = co_await worker.run(read);
  const auto plan = pools_->prepare(std::move(pools));
  co_await engine_->use(*settings);
  settings_ = settings;
  const auto places = pools_->places();
  auto told = pools_->use(*plan);
  std::ranges::move(door_words(places, pools_->places()), std::back_inserter(told));
  if (entrance_) entrance_->use(std::make_shared<const engine::Directory>(settings));
  co_return told;
}

Task<> Running::tell_metrics() {
  if (!settings_->metrics_listen) co_return;
  const config::HostPort where = *settings_->metrics_listen;
  metrics::HttpServer server(
      io_.get_executor(), clock_, {where.host, where.port}, [this] { return metrics(); },
      [this](const std::string& line) { log_->write({}, line); });
  co_await server.run();
}

Task<> Running::tell_manager() {
  if (!notifier_.has_manager()) co_return;
  engine_->on_change([this] { manager_.changed(); });
  co_await manager_.run();
}

service::Standing Running::standing() {
  service::Standing standing;
  standing.ready = engine_->is_ready();
  const auto phase = stopping_ ? Phase::stopping : standing.ready ? Phase::running : Phase::starting;
  standing.sentence = standing_sentence(engine_->report(), *settings_, phase);
  const auto line = engine_->line_not_served();
  standing.alive = line.empty();
  if (!standing.alive && !std::exchange(not_served_, true))
    log_->write(line,
                "The line is not served any more, which nothing within External cures; the service manager "
                "starts it anew. If it comes back, report it.");
  not_served_ = !standing.alive;
  return standing;
}

Task<> Running::show_screen() {
  if (!console_) co_return;
  auto options = *console_;
  options.asked = [this] { log_->write({}, "Press Y to exit, N to continue."); };
  screen_.emplace(
      io_.get_executor(), clock_, desk_, [this] { stop(); }, std::move(options));
  const auto changed = [this] { screen_->changed(); };
  engine_->on_change(changed);
  const auto lines = log_->tail().follow([changed](const std::string&) { changed(); });
  co_await run_screen(*screen_);
}

std::string Running::metrics() {
  return metrics::exposition(metrics_snapshot(status(), *engine_, *log_, *settings_));
}

control::Status Running::status() {
  control::Status status;
  status.version = EXTERNAL_VERSION;
  status.home = settings_->home_po;
  status.pid = ::getpid();
  status.started = started_;
  status.now = clock_.wall();
  const auto report = engine_->report();
  status.disk = report.disk.full ? "FULL" : report.disk.free ? "OK" : "";
  status.disk_free = report.disk.free;
  for (const auto& line : report.lines) status.lines.push_back(line_status(line));
  for (const auto& queue : report.queue) status.queue.push_back(queue_status(queue));
  status.traffic = traffic_status(report.traffic);
  for (const auto& calls : report.calls) status.calls.push_back(calls_status(calls));
  for (const auto& call : report.good_calls) status.good_calls.push_back({call.post_office, call.time});
  const auto& lines = log_->tail().lines();
  const auto skipped = lines.size() - std::min(lines.size(), recent_lines);
  status.recent.assign(lines.begin() + static_cast<std::ptrdiff_t>(skipped), lines.end());
  status.post_offices = office_statuses(*settings_, status);
  status.shares = share_statuses(pools_->report(), status.lines);
  return status;
}

}  // namespace external::commands
