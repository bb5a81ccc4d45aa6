#include "hand_overs.h"
#include "lines.h"
#include "queue_watch.h"
#include "run_end.h"

#include <external/base/guard.h>
#include <external/base/task_group.h>
#include <external/base/text.h>
#include <external/engine/engine.h>

namespace external::engine {

namespace {

std::vector<std::string> command_of(const std::string& setting) {
  return setting.empty() ? std::vector<std::string>() : config::parse_command(setting);
}

RunCommand runner(const EngineOptions& options, Clock& clock) {
  if (options.run_command) return options.run_command;
  return [&clock](std::vector<std::string> arguments, outlet::Environment environment, Duration limit) {
    return outlet::run_helper(std::move(arguments), std::move(environment), limit, clock);
  };
}

Worker::Place place(const EngineOptions& options) {
  return options.own_threads && guarded("R11") ? Worker::Place::own_thread : Worker::Place::here;
}

void check_names(const config::Settings& settings, const EngineOptions& options) {
  for (const auto& name : options.instances) {
    if (settings.find_instance(name)) continue;
    throw std::runtime_error("unknown instance " + name + "; add [External-" + name + "] to " +
                             settings.file.string());
  }
}

}  // namespace

/// Puts the parts together: settings go to all of them, and who has to know is told what one of them found.
class Engine::Impl {
 public:
  Impl(const asio::any_io_executor& executor, Clock& clock, config::Settings settings, log::Log& log,
       const EngineOptions& options)
      : executor_(executor),
        clock_(clock),
        log_(log),
        store_(clock, std::make_shared<const config::Settings>(std::move(settings)), place(options),
               options.free_space ? options.free_space : postoffice::free_space),
        keys_(store_.settings(), place(options), store_.directory()->book().here()),
        planner_(store_.settings(), clock, options.only_requested_calls, options.zone),
        context_{executor,
                 clock,
                 store_.settings(),
                 log,
                 options.mail_logs ? *options.mail_logs : no_mail_logs_,
                 store_,
                 keys_,
                 planner_,
                 link::Dictionaries::shipped(),
                 !options.only_requested_calls && store_.settings()->remote_user.empty(),
                 [this] { watch_.news(); },
                 ScriptSet(*store_.settings(), options.script_folders, log, place(options)),
                 options.open_line},
        events_(executor, log, command_of(store_.settings()->event_command), runner(options, clock)),
        outcomes_(log, context_.mail_logs),
        watch_(context_, outcomes_, [this] { surveyed(); }),
        lines_(slot_services(), options.instances, [this] { changed(); }),
        hand_overs_(context_, options.make_outlet, [this](const auto& event) { outcomes_.tell(event); }),
        stop_(executor),
        once_(options.once),
        only_requested_(options.only_requested_calls),
        working_(executor) {
    check_names(*context_.settings, options);
    if (once_) planner_.call_each_once();
    context_.mail_arrived = [this] { watch_.mail_arrived(); };
    context_.collect = {options.wish, options.tell_deleted};
    if (options.random) context_.random = options.random;
    context_.run_command = runner(options, clock);
    context_.lender = options.lender;
    lines_.use(*context_.settings);
    lines_.check_that_one_can_run(context_.scripts);
    hand_overs_.use(store_.directory()->ways_out().all());
  }

  Task<> run() {
    keys_.make_all();
    lines_.start();
    hand_overs_.start();
    working_.spawn(events_.run(stop_));
    co_await first_of(watch_.run(), watch_end(), all_ended());
    planner_.refuse(nullptr, "External is stopping");
    co_await watch_.look_once();  // what the last calls brought is delivered before we go
  }

  void stop() {
    planner_.refuse(nullptr, "External is stopping");
    stop_.set();
    lines_.end();
    hand_overs_.end();
  }

  Task<> use(config::Settings settings) {
    const auto shared = std::make_shared<const config::Settings>(std::move(settings));
    const auto directory = std::make_shared<const Directory>(shared);
    co_await context_.scripts.add(*shared);
    co_await context_.scripts.reload();
    co_await store_.use(directory);
    if (stop_.is_set()) co_return;
    keys_.use(shared);
    planner_.use(shared);
    context_.settings = shared;
    lines_.use(*shared);
    hand_overs_.use(directory->ways_out().all());
    watch_.news();
    changed();
  }

  Task<bool> renew_instance(std::string name) {
    co_await context_.scripts.reload();
    const auto slot = lines_.find(name);
    const auto* instance = context_.settings->find_instance(name);
    if (!slot || !instance) co_return false;
    slot->use(*instance);
    co_return true;
  }

  Task<> instance_at_rest(std::string name) {
    const auto slot = lines_.find(name);
    if (slot) co_await slot->at_rest();
  }

  Task<CallReport> call(std::string post_office) {
    auto wish = std::make_shared<CallRequest>(executor_, to_upper(post_office));
    if (stop_.is_set()) {
      wish->report.text = "External is stopping";
      co_return wish->report;
    }
    planner_.request(wish);
    lines_.wake();
    co_await wish->done.wait();
    co_return wish->report;
  }

  void call_soon(const std::string& post_office) {
    if (stop_.is_set()) return;
    planner_.request(std::make_shared<CallRequest>(executor_, to_upper(post_office)));
    lines_.wake();
  }

  Report report() const {
    Report report;
    report.lines = lines_.reports();
    watch_.add_to(report);
    for (const auto& [post_office, time] : context_.good_calls)
      report.good_calls.push_back({post_office, time});
    report.outcomes = outcomes_.totals();
    return report;
  }

  std::vector<std::string> destinations() const {
    std::set<std::string> all;
    for (const auto& office : context_.settings->post_offices) all.insert(office.name);
    const auto directory = store_.directory();
    for (const auto& way : directory->ways_out().all()) all.insert(way.destination);
    return {all.begin(), all.end()};
  }

  void on_change(std::function<void()> callback) { on_change_.push_back(std::move(callback)); }

  std::optional<BreakReason> break_reason() const { return break_reason_; }

  // What the parts do by themselves:
  Context& context() { return context_; }
  Planner& planner() { return planner_; }
  EventDesk& events() { return events_; }
  QueueWatch& watch() { return watch_; }
  Lines& lines() { return lines_; }

 private:
  SlotServices slot_services() {
    SlotServices services{executor_, clock_, log_, planner_, {}, {}, {}};
    services.make = [this](const config::Instance& instance, Board& board) {
      const auto make = instance.comm_type == config::CommType::tcp ? make_tcp_instance : make_modem_instance;
      return make(context_, instance, board);
    };
    services.tell = [this](LineEvent event) { events_.raise(std::move(event)); };
    services.look_again = [this] { return context_.scripts.reload(); };
    return services;
  }

  Task<> all_ended() {
    co_await stop_.wait();
    co_await lines_.ended();
    co_await hand_overs_.ended();
    co_await working_.wait();
  }

  /// Stops the run when the settings say so; goes on waiting then, for its lines to end.
  Task<> watch_end() {
    if (!only_requested_) {
      const AskCycle cycle = [this] { return cycle_over(); };
      const BreakTimes breaks(context_.settings->breaks, clock_, planner_.zone());
      break_reason_ = co_await end_of_run(breaks, clock_, cycle);
      if (!stop_.is_set()) {
        log_.write({}, words_for(*break_reason_));
        stop();
      }
    }
    co_await clock_.wait_until(never);
  }

  std::optional<BreakReason> cycle_over() const {
    if (!once_ || watch_.has_news() || !planner_.is_done() || !hand_overs_.are_idle()) return std::nullopt;
    const bool failed = planner_.had_failure() || hand_overs_.is_one_out_of_order();
    return failed ? BreakReason::failed_cycle : BreakReason::cycle;
  }

  void surveyed() {
    lines_.wake();
    hand_overs_.wake(watch_.ways_due());
    changed();
  }

  void changed() {
    for (const auto& tell : on_change_) tell();
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  log::Log& log_;
  log::NoMailLogs no_mail_logs_;
  MailStore store_;
  KeyRing keys_;
  Planner planner_;
  Context context_;
  EventDesk events_;
  Outcomes outcomes_;
  QueueWatch watch_;
  std::vector<std::function<void()>> on_change_;
  Lines lines_;
  HandOvers hand_overs_;
  Event stop_;
  const bool once_;
  const bool only_requested_;
  std::optional<BreakReason> break_reason_;
  TaskGroup working_;  ///< who tells of events
};

Engine::Engine(const asio::any_io_executor& executor, Clock& clock, config::Settings settings, log::Log& log,
               EngineOptions options)
    : impl_(std::make_unique<Impl>(executor, clock, std::move(settings), log, options)) {}

Engine::~Engine() = default;

Task<> Engine::run() {
  return impl_->run();
}
void Engine::stop() {
  impl_->stop();
}
std::optional<BreakReason> Engine::break_reason() const {
  return impl_->break_reason();
}
Task<> Engine::use(config::Settings settings) {
  return impl_->use(std::move(settings));
}
Task<bool> Engine::renew_instance(std::string name) {
  return impl_->renew_instance(std::move(name));
}
Task<CallReport> Engine::call(std::string post_office) {
  return impl_->call(std::move(post_office));
}
void Engine::call_soon(const std::string& post_office) {
  impl_->call_soon(post_office);
}
std::string Engine::waits_for(const std::string& post_office) const {
  return impl_->planner().place_of(to_upper(post_office));
}
void Engine::ask_for(session::Wish wish, bool tell_deleted) {
  impl_->context().collect = {std::move(wish), tell_deleted};
}
bool Engine::stop_instance(const std::string& name) {
  const auto slot = impl_->lines().find(name);
  return slot && slot->stop();
}
bool Engine::start_instance(const std::string& name) {
  const auto slot = impl_->lines().find(name);
  return slot && slot->start();
}
Task<> Engine::instance_at_rest(std::string name) {
  return impl_->instance_at_rest(std::move(name));
}
EventSubscription Engine::follow_events(std::function<void(const LineEvent&)> follower) {
  return impl_->events().follow(std::move(follower));
}
bool Engine::is_ready() const {
  return impl_->lines().is_ready();
}
std::string Engine::line_not_served() const {
  return impl_->lines().line_not_served();
}
bool Engine::hang_up(std::string instance) {
  return impl_->context().calls.hang_up(instance) > 0;
}
LineState Engine::line_state(const std::string& instance) const {
  const auto slot = impl_->lines().find(instance);
  return slot ? slot->board().state() : LineState::stopped;
}
void Engine::wake_line(const std::string& instance) {
  if (const auto slot = impl_->lines().find(instance)) slot->wake();
}
void Engine::news() {
  impl_->watch().news();
}

void Engine::mail_arrived() {
  impl_->watch().mail_arrived();
}
Report Engine::report() const {
  return impl_->report();
}
std::vector<std::string> Engine::destinations() const {
  return impl_->destinations();
}
void Engine::on_change(std::function<void()> callback) {
  impl_->on_change(std::move(callback));
}

}  // namespace external::engine
