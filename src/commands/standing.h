#pragma once
// How a running External stands, in one sentence.

#include <external/config/settings.h>
#include <external/engine/report.h>

#include <string>

namespace external::commands {

enum class Phase { starting, running, stopping };

/// "Modem1 LISTENING, Modem2 CONNECTED to SOUTH/HUB; 3 messages wait." Many lines are counted by state. While
/// it starts, the required lines that are not ready yet are named first.
std::string standing_sentence(const engine::Report& report, const config::Settings& settings, Phase phase);

/// The longest time in which all lines have hung up and given back their ports, the last mail is delivered
/// and the program has ended.
std::chrono::seconds longest_stop(const config::Settings& settings);

}  // namespace external::commands
