#include "home.h"
#include "running.h"
#include "screen.h"

#include <external/service/terminal.h>

#include <iostream>

#include <unistd.h>

namespace external::commands {

namespace {

bool wants_console(const Arguments& arguments) {
  if (arguments.has("console") && arguments.has("service"))
    throw Failure(Exit::usage, "--console and --service exclude each other; leave one out");
  if (arguments.has("service")) return false;
  const bool interactive = service::is_interactive();
  if (arguments.has("console") && !interactive)
    throw Failure(Exit::usage,
                  "--console needs a terminal in the foreground; without it External runs as a service, and "
                  "external monitor, status and log --follow show what it does");
  return interactive;
}

/// Where journald takes lines, if it is to have them: by default if systemd has started this program.
std::string journal_socket(const config::Settings& settings, const Surroundings& world, bool console) {
  const bool by_systemd = world.environment("JOURNAL_STREAM") || world.environment("INVOCATION_ID");
  if (!settings.log.journal.value_or(by_systemd && !console)) return {};
  return world.environment("EXTERNAL_JOURNAL_SOCKET").value_or("/run/systemd/journal/socket");
}

Exit exit_for(std::optional<engine::BreakReason> reason) {
  using engine::BreakReason;
  switch (reason.value_or(BreakReason::cycle)) {
    case BreakReason::time:
      return Exit::break_time;
    case BreakReason::date:
      return Exit::break_date;
    case BreakReason::time_and_date:
      return Exit::break_time_and_date;
    case BreakReason::relative:
      return Exit::break_relative;
    case BreakReason::failed_cycle:
      return Exit::try_later;
    case BreakReason::cycle:
      break;
  }
  return Exit::ok;
}

Exit run(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  RunningOptions options;
  options.engine.script_folders = script_folders();
  options.engine.instances = invocation.arguments.values("instance");
  options.engine.once = invocation.arguments.has("once");
  options.overrides = invocation.overrides;
  if (wants_console(invocation.arguments)) options.console = terminal_options(invocation.world);
  options.reload_on_hangup = !options.console;
  options.manager = service::manager_wishes(invocation.world.environment, ::getpid());
  options.journal = journal_socket(settings, invocation.world, options.console.has_value());
  Running running(settings, invocation.world.clock, options);
  if (!options.console) {
    invocation.world.err << "external: serving " << settings.home_po
                         << "; see external monitor, external status and " << settings.log_session.string()
                         << std::endl;
  }
  running.run();
  return exit_for(running.engine().break_reason());
}

}  // namespace

Command run_command() {
  return {
      "run",
      {"[--instance NAME]... [--console|--service] [--once]"},
      "Serve the lines of this post office",
      {{"instance", "NAME", "only this instance; may be given again"},
       {"console", "", "with a screen; the default on a terminal"},
       {"service", "", "without one; the default elsewhere"},
       {"once", "", "end when all that is due has been moved; each post office is called at most once"}},
      "On the screen F1 tells the keys, and ESC and then Y end the program. SIGTERM, SIGINT and `external "
      "stop` end it,\n"
      "too: calls are hung up, modems reset, ports closed; so does SIGHUP of the terminal of a screen. "
      "Without "
      "a screen\n"
      "SIGHUP reads external.ini again, as `external reload` does. SIGUSR1 opens Session.log anew after it "
      "was renamed.\n\n"
      "Exit code: 0 after a stop; 60, 61, 62, 63 after BreakTime, BreakDate, both, BreakRelative; with "
      "--once 0 "
      "when\nall went well, 75 when a call failed.\n\n"
      "Settings of external.ini, each also as --Name=value:\n\n" +
          config::describe_settings(),
      run};
}

}  // namespace external::commands
