#include "instance.h"
#include "scripts.h"
#include "task_group.h"

#include <external/base/guard.h>
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

bool wanted(const config::Instance& instance, const EngineOptions& options) {
  if (instance.comm_disable) return false;
  return options.instances.empty() ||
         std::any_of(options.instances.begin(), options.instances.end(),
                     [&](const auto& name) { return equal_no_case(name, instance.name); });
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
        settings_(std::move(settings)),
        log_(log),
        store_(clock, settings_, place(options),
               options.free_space ? options.free_space : postoffice::free_space),
        keys_(settings_, place(options)),
        planner_(settings_, clock, options.only_requested_calls),
        context_{executor,
                 clock,
                 settings_,
                 log,
                 store_,
                 keys_,
                 planner_,
                 link::Dictionaries::shipped(),
                 !options.only_requested_calls,
                 [this] { news(); },
                 ScriptSet(settings_, options.script_folders, log, place(options)),
                 options.open_line},
        stop_(executor),
        news_(executor) {
    check_names(settings_, options);
    disk_ = {store_.disk().full(), store_.disk().free()};  // nobody uses the worker yet
    context_.mail_arrived = [this] {
      arriving_ = true;
      news();
    };
    if (options.random) context_.random = options.random;
    std::set<std::string> running;
    for (const auto& instance : settings_.instances) {
      if (!wanted(instance, options)) continue;
      const auto make = instance.comm_type == config::CommType::tcp ? make_tcp_instance : make_modem_instance;
      instances_.push_back(make(context_, instance, [this] { changed(); }));
      running.insert(instance.name);
    }
    planner_.instances(std::move(running));
  }

  Task<> run() {
    keys_.make_all();
    TaskGroup lines(executor_);
    for (auto& instance : instances_) lines.spawn(instance->run(stop_));
    co_await first_of(survey_loop(), all_ended(lines));
    planner_.refuse(nullptr, "External is stopping");
    co_await survey();  // what the last calls brought is delivered before we go
  }

  void stop() {
    planner_.refuse(nullptr, "External is stopping");
    stop_.set();
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

  std::string waits_for(const std::string& post_office) const {
    return planner_.place_of(to_upper(post_office));
  }

  bool hang_up(const std::string& instance) { return context_.calls.hang_up(instance) > 0; }

  void news() { news_.set(); }

  Report report() const {
    Report report;
    for (const auto& instance : instances_) report.lines.push_back(instance->board().report());
    for (auto& line : report.lines) line.held = held_lines_.contains(line.instance);
    report.queue = queue_;
    report.disk = disk_;
    return report;
  }

  void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }

 private:
  Task<> all_ended(TaskGroup& lines) {
    co_await stop_.wait();
    co_await lines.wait();
  }

  Task<> survey_loop() {
    for (;;) {
      news_.clear();
      arriving_ = false;
      const auto began = clock_.now();
      const auto epoch = planner_.epoch();
      auto hops = co_await survey();
      if (!hops || !planner_.update(std::move(*hops), epoch)) {
        co_await clock_.wait_for(hops ? 50ms : 5s);
        continue;
      }
      wake_all();
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
      for (const auto& event : result.events) log_.write({}, event.text);
      for (const auto& note : result.notes) log_.write({}, note);
      queue_ = std::move(result.queue);
      disk_ = result.disk;
      held_lines_ = std::move(result.held_lines);
      planner_.hold_lines(held_lines_);
      hops = std::move(result.hops);
      // What was returned or delivered may have queued more: a notice, for one.
      if (!result.events.empty()) news_.set();
      trouble = result.trouble;
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    if (trouble != trouble_ && !trouble.empty()) log_.write({}, "Mail queue: " + trouble);
    trouble_ = trouble;
    co_return hops;
  }

  void wake_all() {
    for (auto& instance : instances_) {
      instance->wake();
      instance->board().news();
    }
  }

  void changed() {
    if (on_change_) on_change_();
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  config::Settings settings_;
  log::Log& log_;
  MailStore store_;
  KeyRing keys_;
  Planner planner_;
  Context context_;
  Event stop_;
  Event news_;
  bool arriving_ = false;  ///< mail has come in since the last look at the queue began
  std::function<void()> on_change_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<QueueReport> queue_;
  DiskReport disk_;
  std::set<std::string> held_lines_;
  std::string trouble_;
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
Task<CallReport> Engine::call(std::string post_office) {
  return impl_->call(std::move(post_office));
}
std::string Engine::waits_for(const std::string& post_office) const {
  return impl_->waits_for(post_office);
}
bool Engine::hang_up(std::string instance) {
  return impl_->hang_up(instance);
}
void Engine::news() {
  impl_->news();
}
Report Engine::report() const {
  return impl_->report();
}
void Engine::on_change(std::function<void()> callback) {
  impl_->on_change(std::move(callback));
}

}  // namespace external::engine
