#pragma once
// Passwords that a person types, or a script hands in.

#include "surroundings.h"

#include <string>

namespace external::commands {

/// A password that is to be set: asked for twice, unseen, at a terminal; otherwise one line of standard
/// input. `whose` completes "Password of ...". Throws Failure if there is none, or the two differ.
std::string ask_new_password(Surroundings& world, const std::string& whose);

/// One that exists already: asked for once.
std::string ask_password(Surroundings& world, const std::string& whose);

}  // namespace external::commands
