#include "one_call.h"

#include "home.h"
#include "running.h"

namespace external::commands {

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

}  // namespace external::commands
