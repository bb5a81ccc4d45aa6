#pragma once
// The program under the name `sendmail`.

#include "exit.h"
#include "surroundings.h"

namespace external::commands {

/// Takes one message from world.in, as sendmail does, or does what else the arguments ask for. Throws as the
/// commands do.
Exit run_sendmail(const std::vector<std::string>& arguments, Surroundings& world);

}  // namespace external::commands
