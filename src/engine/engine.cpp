#include "break_times.h"
#include "hand_over.h"
#include "instance_slot.h"
#include "scripts.h"
#include "watchdog.h"

#include <external/base/guard.h>
#include <external/base/task_group.h>
#include <external/base/text.h>
#include <external/engine/engine.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration survey_interval = 5s;  ///< between looks at a queue of which nobody said that it changed

// While mail comes in it has the disk: looks at the queue, and what they deliver, are to take a tenth of the
// time.
constexpr int pause_per_survey = 9;
constexpr Duration longest_pause = 1s;

constexpr Duration end_look = 1s;  ///< between looks whether the run is to end

std::string words_for(BreakReason reason) {
  switch (reason) {
    case BreakReason::time:
      return "BreakTime has come; ending.";
    case BreakReason::date:
      return "BreakDate has come; ending.";
    case BreakReason::time_and_date:
      return "BreakTime of BreakDate has come; ending.";
    case BreakReason::relative:
      return "BreakRelative is over; ending.";
    case BreakReason::cycle:
      return "One cycle is done; ending.";
    case BreakReason::failed_cycle:
      return "One cycle is done, but not every call came about; see above. Ending.";
  }
  return {};
}

bool wanted(const config::Instance& instance, const std::vector<std::string>& only_these) {
  return only_these.empty() || std::any_of(only_these.begin(), only_these.end(), [&](const auto& name) {
           return equal_no_case(name, instance.name);
         });
}

std::vector<std::string> command_of(const std::string& setting) {
  return setting.empty() ? std::vector<std::string>() : config::parse_command(setting);
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
                 [this] { news(); },
                 ScriptSet(*store_.settings(), options.script_folders, log, place(options)),
                 options.open_line},
        events_(executor, log, command_of(store_.settings()->event_command), runner(options)),
        stop_(executor),
        news_(executor),
        once_(options.once),
        only_requested_(options.only_requested_calls),
        only_these_(options.instances),
        services_(slot_services()),
        working_(executor) {
    check_names(*context_.settings, options);
    if (once_) planner_.call_each_once();
    disk_ = {store_.disk().full(), store_.disk().free()};  // nobody uses the worker yet
    context_.mail_arrived = [this] { mail_arrived(); };
    context_.collect = {options.wish, options.tell_deleted};
    if (options.random) context_.random = options.random;
    context_.run_command = runner(options);
    context_.lender = options.lender;
    take_instances(*context_.settings);
    check_that_one_can_run();
    make_outlet_ = options.make_outlet ? options.make_outlet : own_outlets();
    take_ways_out(store_.directory()->ways_out().all());
  }

  Task<> run() {
    keys_.make_all();
    running_ = true;
    for (const auto& slot : slots_) working_.spawn(serve(slot));
    for (const auto& way : ways_) working_.spawn(serve(way));
    working_.spawn(events_.run(stop_));
    co_await first_of(survey_loop(), watch_end(), all_ended());
    planner_.refuse(nullptr, "External is stopping");
    co_await survey();  // what the last calls brought is delivered before we go
  }

  void stop() {
    planner_.refuse(nullptr, "External is stopping");
    stop_.set();
    for (auto& slot : slots_) slot->end();
    for (auto& way : ways_) way->stop.set();
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
    take_instances(*shared);
    take_ways_out(directory->ways_out().all());
    news();
    changed();
  }

  Task<bool> renew_instance(std::string name) {
    co_await context_.scripts.reload();
    const auto slot = find_slot(name);
    const auto* instance = context_.settings->find_instance(name);
    if (!slot || !instance) co_return false;
    slot->use(*instance);
    co_return true;
  }

  bool stop_instance(const std::string& name) {
    const auto slot = find_slot(name);
    return slot && slot->stop();
  }

  bool start_instance(const std::string& name) {
    const auto slot = find_slot(name);
    return slot && slot->start();
  }

  Task<> instance_at_rest(std::string name) {
    const auto slot = find_slot(name);
    if (slot) co_await slot->at_rest();
  }

  EventSubscription follow_events(std::function<void(const LineEvent&)> follower) {
    return events_.follow(std::move(follower));
  }

  bool is_ready() const {
    return std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) {
      return !slot->settings().required || slot->settings().comm_disable || slot->has_been_ready();
    });
  }

  std::string line_not_served() const {
    for (const auto& slot : slots_) {
      if (is_lost(slot->board())) return slot->settings().name;
    }
    return {};
  }

  Task<CallReport> call(std::string post_office) {
    auto wish = std::make_shared<CallRequest>(executor_, to_upper(post_office));
    if (stop_.is_set()) {
      wish->report.text = "External is stopping";
      co_return wish->report;
    }
    planner_.request(wish);
    wake_all();
    co_await wish->done.wait();
    co_return wish->report;
  }

  void call_soon(const std::string& post_office) {
    if (stop_.is_set()) return;
    planner_.request(std::make_shared<CallRequest>(executor_, to_upper(post_office)));
    wake_all();
  }

  std::string waits_for(const std::string& post_office) const {
    return planner_.place_of(to_upper(post_office));
  }

  void ask_for(session::Wish wish, bool tell_deleted) { context_.collect = {std::move(wish), tell_deleted}; }

  bool hang_up(const std::string& instance) { return context_.calls.hang_up(instance) > 0; }

  LineState line_state(const std::string& name) const {
    const auto slot = find_slot(name);
    return slot ? slot->board().state() : LineState::stopped;
  }

  void wake_line(const std::string& name) {
    if (const auto slot = find_slot(name)) slot->wake();
  }

  void news() { news_.set(); }

  void mail_arrived() {
    arriving_ = true;
    news();
  }

  Report report() const {
    Report report;
    for (const auto& slot : slots_) report.lines.push_back(slot->board().report());
    for (auto& line : report.lines) line.held = held_lines_.contains(line.instance);
    report.queue = queue_;
    for (auto& waiting : report.queue) waiting.next_attempt = next_attempt(waiting);
    report.traffic = traffic_;
    for (const auto& record : calls_) {
      if (record.cause.empty()) continue;
      report.calls.push_back({record.post_office, is_undialable(record, clock_.wall()), record.cause,
                              record.failures, record.error, record.failed, record.until});
    }
    for (const auto& [post_office, time] : context_.good_calls)
      report.good_calls.push_back({post_office, time});
    report.disk = disk_;
    report.outcomes = outcomes_;
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

 private:
  /// A way out and who uses it.
  struct Way {
    Way(Context& context, const WayOut& where, const MakeOutlet& make, HandOver::Tell tell)
        : hand_over(context, where, make, std::move(tell)), stop(context.executor) {}
    HandOver hand_over;
    Event stop;
  };

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

  Task<> serve(std::shared_ptr<InstanceSlot> slot) {
    co_await slot->run();
    if (!stop_.is_set()) std::erase(slots_, slot);
    changed();
  }

  Task<> serve(std::shared_ptr<Way> way) {
    co_await way->hand_over.run(way->stop);
    if (!stop_.is_set()) std::erase(ways_, way);
  }

  /// Those that are not as they were begin anew, those that are gone end, new ones begin.
  void take_instances(const config::Settings& settings) {
    std::set<std::string> names;
    for (const auto& instance : settings.instances) {
      if (wanted(instance, only_these_)) names.insert(instance.name);
    }
    planner_.instances(names);
    for (const auto& slot : slots_) {
      if (!names.contains(slot->settings().name)) slot->retire();
    }
    for (const auto& instance : settings.instances) {
      if (names.contains(instance.name)) take_instance(instance, settings);
    }
  }

  void take_instance(const config::Instance& instance, const config::Settings& settings) {
    const auto& given = settings.given.at("External-" + instance.name);
    auto& before = given_[instance.name];
    if (const auto slot = find_slot(instance.name)) {
      if (before != given || slot->is_retiring()) slot->use(instance);
    } else {
      slots_.push_back(std::make_shared<InstanceSlot>(services_, instance, [this] { changed(); }));
      if (running_) working_.spawn(serve(slots_.back()));
    }
    before = given;
  }

  void take_ways_out(const std::vector<WayOut>& all) {
    for (const auto& way : ways_) {
      if (std::ranges::none_of(all, [&](const auto& one) { return is_same(way->hand_over.way(), one); }))
        way->stop.set();
    }
    for (const auto& where : all) {
      const bool known = std::ranges::any_of(ways_, [&](const auto& way) {
        return is_same(way->hand_over.way(), where) && !way->stop.is_set();
      });
      if (known) continue;
      const auto tell_log = [this](const postoffice::DeliveryEvent& event) { tell(event); };
      ways_.push_back(std::make_shared<Way>(context_, where, make_outlet_, tell_log));
      if (running_) working_.spawn(serve(ways_.back()));
    }
  }

  static bool is_same(const WayOut& one, const WayOut& other) {
    return one.destination == other.destination && one.way == other.way;
  }

  /// One line that cannot run is a matter of its own; none that can is one of the whole.
  void check_that_one_can_run() const {
    std::set<std::string> troubles;
    for (const auto& slot : slots_) {
      const auto& instance = slot->settings();
      if (instance.comm_disable) continue;
      const bool is_tcp = instance.comm_type == config::CommType::tcp;
      auto trouble = is_tcp ? std::string() : context_.scripts.trouble_with(to_upper(instance.comm_script));
      if (trouble.empty() && guarded("R60")) return;
      if (trouble.empty()) continue;
      troubles.insert(std::move(trouble));
    }
    std::string text;
    for (const auto& trouble : troubles) text += (text.empty() ? "" : "\n") + trouble;
    if (!text.empty()) throw std::runtime_error(text);
  }

  std::shared_ptr<InstanceSlot> find_slot(const std::string& name) const {
    const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) {
      return equal_no_case(slot->settings().name, name) && !slot->is_ending();
    });
    return found == slots_.end() ? nullptr : *found;
  }

  RunCommand runner(const EngineOptions& options) {
    if (options.run_command) return options.run_command;
    return [this](std::vector<std::string> arguments, outlet::Environment environment, Duration limit) {
      return outlet::run_helper(std::move(arguments), std::move(environment), limit, clock_);
    };
  }

  MakeOutlet own_outlets() {
    return [this](const WayOut& way) {
      const auto& settings = *context_.settings;
      const auto host =
          settings.domains.empty() ? postoffice::mail_domain(settings.home_po) : settings.domains.front();
      return outlet::make_outlet(way.way, host, clock_);
    };
  }

  bool nothing_is_handed_over() const {
    return std::ranges::all_of(ways_, [](const auto& one) { return one->hand_over.is_idle(); });
  }

  /// Whether calls or ways out are to blame for mail that has not gone.
  bool had_failure() const {
    return planner_.had_failure() ||
           std::ranges::any_of(ways_, [](const auto& one) { return one->hand_over.is_out_of_order(); });
  }

  Task<> all_ended() {
    co_await stop_.wait();
    co_await working_.wait();
  }

  /// That of the queue, or when the next post office may be called.
  WallTime next_attempt(const QueueReport& waiting) const {
    const auto next = store_.directory()->routes().next_hop(waiting.destination);
    const auto* via = std::get_if<postoffice::Via>(&next);
    return via ? planner_.next_attempt(via->post_office, waiting.next_attempt) : waiting.next_attempt;
  }

  /// Stops the run when the settings say so; goes on waiting then, for its lines to end.
  Task<> watch_end() {
    BreakTimes breaks(context_.settings->breaks, clock_, planner_.zone());
    while (!only_requested_ && !break_reason_) {
      break_reason_ = breaks.reached();
      if (!break_reason_ && once_ && !news_.is_set() && planner_.is_done() && nothing_is_handed_over())
        break_reason_ = had_failure() ? BreakReason::failed_cycle : BreakReason::cycle;
      if (!break_reason_) co_await clock_.wait_for(end_look);
    }
    if (break_reason_ && !stop_.is_set()) {
      log_.write({}, words_for(*break_reason_));
      stop();
    }
    co_await clock_.wait_until(never);
  }

  Task<> survey_loop() {
    for (;;) {
      news_.clear();
      arriving_ = false;
      const auto began = clock_.now();
      const auto epoch = planner_.epoch();
      auto hops = co_await survey();
      if (!hops || !planner_.update(std::move(*hops), epoch, line_time_)) {
        co_await clock_.wait_for(hops ? 50ms : 5s);
        continue;
      }
      take_calls();
      wake_all();
      wake_hand_overs();
      changed();
      if (arriving_) {
        const auto pause = pause_per_survey * (clock_.now() - began);
        co_await clock_.wait_for(std::min(pause, longest_pause));
      }
      co_await first_of(news_.wait(), clock_.wait_for(survey_interval));
    }
  }

  /// Nothing if the queue failed, which the log says once.
  Task<std::optional<std::vector<HopWork>>> survey() {
    std::optional<std::vector<HopWork>> hops;
    std::string trouble;
    try {
      auto result = co_await store_.survey();
      for (const auto& event : result.events) tell(event);
      queue_ = std::move(result.queue);
      traffic_ = std::move(result.traffic);
      calls_ = std::move(result.calls);
      for (const auto& note : result.notes) log_.write({}, note);
      disk_ = result.disk;
      held_lines_ = std::move(result.held_lines);
      planner_.hold_lines(held_lines_);
      hops = std::move(result.hops);
      ways_due_ = std::move(result.ways_due);
      line_time_ = std::move(result.line_time);
      // What was returned or delivered may have queued more: a notice, for one.
      if (!result.events.empty() || result.more) news_.set();
      trouble = result.trouble;
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    if (trouble != trouble_ && !trouble.empty()) log_.write({}, "Mail queue: " + trouble);
    trouble_ = trouble;
    co_return hops;
  }

  void tell(const postoffice::DeliveryEvent& event) {
    log_.write({}, event.text);
    count(event.kind);
    if (event.report.empty()) return;
    const log::ProblemEntry problem{event.sender, event.accepted, event.key, event.report};
    context_.mail_logs.problem(problem);
  }

  void count(postoffice::DeliveryEvent::Kind kind) {
    using enum postoffice::DeliveryEvent::Kind;
    switch (kind) {
      case delivered:
        ++outcomes_.delivered;
        return;
      case returned:
        ++outcomes_.returned;
        return;
      case dropped:
        ++outcomes_.dropped;
        return;
      case quarantined:
        ++outcomes_.quarantined;
        return;
      case postponed:
      case warned:
      case receipt:
        return;
    }
  }

  /// Post offices whose last call failed, as the queue knows them now.
  void take_calls() {
    planner_.rests().take(calls_, clock_.wall(), clock_.now());
    std::set<std::string> undialable;
    for (const auto& record : calls_) {
      if (is_undialable(record, clock_.wall())) undialable.insert(record.post_office);
    }
    for (const auto& post_office : undialable_) {
      if (!undialable.contains(post_office))
        log_.write({}, post_office + ": No longer undialable; it is called again when mail is due.");
    }
    undialable_ = std::move(undialable);
  }

  void wake_all() {
    for (auto& slot : slots_) {
      slot->wake();
      slot->news();
    }
  }

  void wake_hand_overs() {
    for (const auto& way : ways_) {
      if (ways_due_.contains(way->hand_over.way().destination)) way->hand_over.wake();
    }
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
  Event stop_;
  Event news_;
  bool arriving_ = false;  ///< mail has come in since the last look at the queue began
  std::vector<std::function<void()>> on_change_;
  std::vector<std::shared_ptr<InstanceSlot>> slots_;
  std::map<std::string, config::GivenSection> given_;  ///< what was said of each instance, by its name
  std::vector<QueueReport> queue_;
  std::vector<mailqueue::LineTime> line_time_;
  const bool once_;
  const bool only_requested_;
  const std::vector<std::string> only_these_;
  const SlotServices services_;
  bool running_ = false;
  std::optional<BreakReason> break_reason_;
  std::vector<TrafficReport> traffic_;
  std::vector<CallRecord> calls_;
  std::set<std::string> undialable_;
  DiskReport disk_;
  OutcomeTotals outcomes_;
  std::set<std::string> held_lines_;
  MakeOutlet make_outlet_;
  std::vector<std::shared_ptr<Way>> ways_;
  std::set<std::string> ways_due_;
  std::string trouble_;
  TaskGroup working_;  ///< lines and ways out
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
  return impl_->waits_for(post_office);
}
void Engine::ask_for(session::Wish wish, bool tell_deleted) {
  impl_->ask_for(std::move(wish), tell_deleted);
}
bool Engine::stop_instance(const std::string& name) {
  return impl_->stop_instance(name);
}
bool Engine::start_instance(const std::string& name) {
  return impl_->start_instance(name);
}
Task<> Engine::instance_at_rest(std::string name) {
  return impl_->instance_at_rest(std::move(name));
}
EventSubscription Engine::follow_events(std::function<void(const LineEvent&)> follower) {
  return impl_->follow_events(std::move(follower));
}
bool Engine::is_ready() const {
  return impl_->is_ready();
}
std::string Engine::line_not_served() const {
  return impl_->line_not_served();
}
bool Engine::hang_up(std::string instance) {
  return impl_->hang_up(instance);
}
LineState Engine::line_state(const std::string& instance) const {
  return impl_->line_state(instance);
}
void Engine::wake_line(const std::string& instance) {
  impl_->wake_line(instance);
}
void Engine::news() {
  impl_->news();
}

void Engine::mail_arrived() {
  impl_->mail_arrived();
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
