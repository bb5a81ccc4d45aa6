#pragma once
// What people are told of a modem that is brought back, used, and let go.

#include "recovery.h"

#include <external/config/settings.h>
#include <external/modem/modem.h>

namespace external::engine {

/// "Recovery 2 of 5: DTR goes low for a moment, ...". `pause`: before the port is opened again.
std::string words_for(Rung rung, const config::Instance& instance, Duration pause = Duration::zero());

/// How a modem was let go, and its port.
std::string closing_words(modem::Released end, const std::string& port);

/// What the modem said of a call that stands, or what its script made of it.
std::string connect_text(const modem::Outcome& outcome);

}  // namespace external::engine
