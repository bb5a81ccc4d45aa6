#pragma once
// Rules that concern more than one setting.

#include <external/config/diagnostic.h>
#include <external/config/settings.h>

namespace external::config {

/// Adds what is missing or contradictory to `diagnostics`. Gives each direct post office that names no
/// instance the only one that can call it, and writes the names of instances as their sections do.
void complete_and_check(Settings& settings, Diagnostics& diagnostics);

}  // namespace external::config
