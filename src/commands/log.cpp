#include "home.h"
#include "log_filter.h"
#include "log_reader.h"

#include <external/base/text.h>

#include <iostream>

namespace external::commands {

namespace {

LogFilter filter_for(const Invocation& invocation, const config::Settings& settings) {
  LogFilter filter;
  if (const auto name = invocation.arguments.value("instance")) {
    if (settings.find_instance(*name) == nullptr) {
      throw Failure(Exit::config, "unknown instance " + visible(*name) + "; " + settings.file.string() +
                                      " has no [External-" + visible(*name) + "]");
    }
    filter.instance = *name;
  }
  if (const auto since = invocation.arguments.value("since"))
    filter.since = parse_since(*since, invocation.now());
  return filter;
}

// Ends only when the output has gone, or by a signal.
Task<> follow(LogReader& log, const std::function<void(const std::string&)>& print, Surroundings& world) {
  while (world.out.good()) {
    log.read(print);
    world.out.flush();
    co_await log.wait(world.clock);
  }
}

Exit run(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  auto filter = filter_for(invocation, settings);
  auto& world = invocation.world;
  const auto print = [&](const std::string& line) {
    if (filter.passes(line)) world.out << line << "\n";
  };
  LogReader log(settings.log_session);
  if (!invocation.arguments.has("follow")) {
    if (!log.exists()) {
      throw Failure(Exit::no_input, "there is no " + settings.log_session.string() +
                                        " yet; it begins with the first external run");
    }
    log.read(print);
    return Exit::ok;
  }
  asio::io_context io(1);
  std::exception_ptr failure;
  asio::co_spawn(io, follow(log, print, world), [&](std::exception_ptr thrown) { failure = thrown; });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return Exit::ok;
}

}  // namespace

Command log_command() {
  return {"log",
          {"[--follow] [--instance NAME] [--since TIME]"},
          "Print Session.log",
          {{"follow", "", "go on with new lines, also across a rotation"},
           {"instance", "NAME", "only the lines of this instance"},
           {"since", "TIME", "10:30, 2026-11-21, \"2026-11-21 10:30\", or how long ago: 2h"}},
          "docs/session-log.md explains the lines.\n",
          run};
}

}  // namespace external::commands
