#include "running.h"

#include "control_commands.h"
#include "exit.h"
#include "home.h"
#include "traffic_view.h"

#include <external/base/async.h>
#include <mailqueue/error.h>

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

}  // namespace

Running::Running(config::Settings settings, Clock& clock, const RunningOptions& options)
    : settings_(std::make_shared<const config::Settings>(std::move(settings))),
      clock_(clock),
      console_(options.console),
      started_(clock.wall()),
      notifier_(options.notify_socket),
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
  make_or_fail(Exit::unavailable,
               [&] { control_.emplace(executor, clock_, settings_->control_socket().string()); });
  make_folders(*settings_);
  make_or_fail(Exit::cannot_create, [&] {
    log_.emplace(clock_, settings_->log_session.string());
    mail_logs_.emplace(clock_, *log_, mail_log_paths());
  });
  auto engine_options = options.engine;
  engine_options.mail_logs = &*mail_logs_;
  make_or_fail(Exit::config, [&] { engine_.emplace(executor, clock_, *settings_, *log_, engine_options); });
  make_or_fail(Exit::unavailable, [&] { open_entrance(); });
  offer_commands(*control_, *this);
}

Running::~Running() = default;

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
  notifier_.stopping();
  engine_->stop();
}

Task<> Running::serve(Companion companion) {
  log_->write({}, "External " EXTERNAL_VERSION " started for " + settings_->home_po + ", process " +
                      std::to_string(::getpid()) + ".");
  log_->write({}, disk_guard(*settings_).settings_text() + ".");
  notifier_.ready();
  auto beside = [&]() -> Task<> {
    if (companion) co_await companion(*engine_);
  };
  co_await first_of(engine_->run(), for_ever(control_->run()), for_ever(watch_stop_signals()),
                    for_ever(watch_rotation()), for_ever(watch_reload()), for_ever(show_screen()),
                    for_ever(beside()), for_ever(take_mail()));
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
  if (!trouble.empty()) log_->write({}, trouble);
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
  auto result = co_await reloading_.run(std::move(instance));
  for (const auto& line : result.lines) log_->write({}, line);
  co_return result;
}

Task<> Running::use(std::shared_ptr<const config::Settings> settings) {
  co_await engine_->use(*settings);
  settings_ = settings;
  if (entrance_) entrance_->use(std::make_shared<const engine::Directory>(settings));
}

Task<> Running::show_screen() {
  if (!console_) co_return;
  console::ConsoleOptions options;
  options.asked = [this] { log_->write({}, "Press Y to exit, N to continue."); };
  screen_.emplace(
      io_.get_executor(), clock_, [this] { return status(); }, [this] { stop(); }, std::move(options));
  const auto changed = [this] { screen_->changed(); };
  engine_->on_change(changed);
  const auto lines = log_->tail().follow([changed](const std::string&) { changed(); });
  co_await screen_->run();
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
  const auto& lines = log_->tail().lines();
  const auto skipped = lines.size() - std::min(lines.size(), recent_lines);
  status.recent.assign(lines.begin() + static_cast<std::ptrdiff_t>(skipped), lines.end());
  return status;
}

}  // namespace external::commands
