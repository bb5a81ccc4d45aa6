#pragma once
// What the terminal of a command can show, and how its screen follows the window.

#include "surroundings.h"

#include <external/console/console.h>

namespace external::commands {

/// As the environment says: UTF-8 by LC_ALL, LC_CTYPE or LANG; no colours with NO_COLOR (no-color.org).
console::ConsoleOptions terminal_options(const Surroundings& world);

/// Console::run(), which is told when the window changes its size.
Task<> run_screen(console::Console& screen);

}  // namespace external::commands
