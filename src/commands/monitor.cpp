#include "home.h"
#include "remote_desk.h"
#include "screen.h"

#include <external/base/async.h>
#include <external/base/text.h>
#include <external/service/signals.h>
#include <external/service/terminal.h>

namespace external::commands {

namespace {

std::string wanted_instance(const Invocation& invocation, const config::Settings& settings) {
  const auto name = invocation.arguments.value("instance");
  if (!name) return {};
  if (const auto* instance = settings.find_instance(*name)) return instance->name;
  throw Failure(Exit::config, "unknown instance " + visible(*name) + "; " + settings.file.string() +
                                  " has no [External-" + visible(*name) + "]");
}

Task<> watch(const config::Settings& settings, std::string instance, Surroundings& world) {
  const auto executor = co_await asio::this_coro::executor;
  RemoteDesk desk(executor, world.clock, settings.home_po, settings.control_socket().string(),
                  std::move(instance));
  Event left(executor);
  service::Signals signals(executor, service::stop_signals);
  auto options = terminal_options(world);
  options.monitor = true;
  console::Console screen(
      executor, world.clock, desk, [&left] { left.set(); }, std::move(options));
  auto signalled = [&]() -> Task<> { co_await signals.next(); };
  co_await first_of(run_screen(screen), left.wait(), signalled());
}

Exit run_monitor(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  const auto instance = wanted_instance(invocation, settings);
  if (!service::is_interactive()) {
    throw Failure(
        Exit::usage,
        "the monitor needs a terminal in the foreground; elsewhere use external status, or external "
        "log --follow");
  }
  service::ignore_write_signals();
  asio::io_context io(1);
  std::exception_ptr failure;
  asio::co_spawn(io, watch(settings, instance, invocation.world),
                 [&](std::exception_ptr thrown) { failure = thrown; });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return Exit::ok;
}

}  // namespace

Command monitor_command() {
  return {
      "monitor",
      {"[--instance NAME]"},
      "Watch and steer the running External on a full screen",
      {{"instance", "NAME", "only this instance"}},
      "Shows what `external run` shows on its own terminal; any number at once. F1 tells the keys. ESC and\n"
      "then Y leave the monitor and stop nothing: to end External use `external stop`. The monitor finds\n"
      "External again after that was started anew. docs/monitor.md explains every column.\n",
      run_monitor};
}

}  // namespace external::commands
