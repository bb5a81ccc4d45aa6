#pragma once
// Which settings hold for a line, and who set them.

#include <external/config/settings.h>

namespace external::engine {

/// The line for the log when an instance starts: "COMM settings: port /dev/ttyS0 (external.ini:12), ...".
/// `speed` is that of the port after INITIALIZE, in bits per second: a script's `baud` wins over all settings
/// (Q118813). 0: the port has none.
std::string comm_settings(const config::Instance& instance, unsigned speed);

}  // namespace external::engine
