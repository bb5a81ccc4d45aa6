#include "screen.h"

#include <external/base/async.h>
#include <external/base/text.h>
#include <external/service/signals.h>

namespace external::commands {

namespace {

bool names_utf8(const std::string& locale) {
  const auto upper = to_upper(locale);
  return upper.find("UTF-8") != std::string::npos || upper.find("UTF8") != std::string::npos;
}

bool shows_utf8(const Surroundings& world) {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto value = world.environment(name).value_or("");
    if (!value.empty()) return names_utf8(value);
  }
  return false;
}

Task<> follow_window(console::Console& screen) {
  const auto executor = co_await asio::this_coro::executor;
  service::Signals window(executor, {SIGWINCH});
  for (;;) {
    co_await window.next();
    screen.changed();
  }
}

}  // namespace

console::ConsoleOptions terminal_options(const Surroundings& world) {
  console::ConsoleOptions options;
  options.utf8 = shows_utf8(world);
  options.colours = world.environment("NO_COLOR").value_or("").empty();
  return options;
}

Task<> run_screen(console::Console& screen) {
  co_await first_of(screen.run(), follow_window(screen));
}

}  // namespace external::commands
