#include "one_call.h"

#include "home.h"
#include "running.h"

#include <external/base/text.h>

#include <boost/json.hpp>

#include <ostream>

namespace external::commands {

namespace {

// Silence after which a running External counts as hung; it speaks every few seconds.
constexpr auto one_call_patience = std::chrono::seconds(60);

/// Says who has to be waited for, once for each change.
class Waiting {
 public:
  explicit Waiting(std::ostream& out) : out_(out) {}
  void operator()(const boost::json::object& reply) {
    const auto* text = reply.if_contains("text");
    if (text == nullptr || !text->is_string() || text->get_string() == last_) return;
    last_ = text->get_string();
    if (!last_.empty()) out_ << "waiting: " << visible(last_) << std::endl;
  }

 private:
  std::ostream& out_;
  std::string last_;
};

}  // namespace

engine::CallReport make_one_call(const config::Settings& settings, const config::PostOffice& office,
                                 Clock& clock, engine::EngineOptions options) {
  RunningOptions running_options;
  running_options.engine = std::move(options);
  running_options.engine.script_folders = script_folders();
  running_options.engine.instances = office.instances;
  running_options.engine.only_requested_calls = true;
  Running running(settings, clock, running_options);
  engine::CallReport report;
  report.text = "stopped before the call was made";
  running.run([&](engine::Engine& engine) -> Task<> {
    report = co_await engine.call(office.name);
    engine.stop();
  });
  return report;
}

std::optional<engine::CallReport> ask_running_for_call(const config::Settings& settings,
                                                       const std::string& office, std::ostream& err,
                                                       boost::json::object request) {
  std::optional<control::ControlClient> running;
  try {
    running.emplace(connect_to_running(settings));
  } catch (const control::NotRunning&) {
    return std::nullopt;
  }
  request["command"] = "call";
  request["post_office"] = office;
  const auto reply = running->request(std::move(request), one_call_patience, Waiting(err));
  engine::CallReport report;
  report.ok = reply.at("success").as_bool();
  report.text = reply.at("text").as_string();
  return report;
}

}  // namespace external::commands
