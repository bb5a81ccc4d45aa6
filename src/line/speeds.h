#pragma once
// The speeds a port of this system may have.

#include <optional>

#include <termios.h>

namespace external::line {

/// The system's code for a speed; nothing if it has none. A speed is never replaced by a near one.
std::optional<speed_t> speed_code(unsigned bits_per_second);

/// The reverse; 0 for B0 and for what is no speed.
unsigned bits_per_second(speed_t code);

}  // namespace external::line
