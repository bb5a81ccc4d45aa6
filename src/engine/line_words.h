#pragma once
// What people are told of a line that does what it should.

#include <external/config/settings.h>

#include <string>

namespace external::engine {

/// "Ready: answers after 2 rings, dials when a call is due. Last call: SOUTH/HUB: Disconnection." `answers`:
/// calls are answered at all; `last_call` may be empty.
std::string ready_words(const config::Instance& instance, bool answers, const std::string& last_call);

/// What is told of one that has no port until a call is due. `last`: a sentence about what it did last, or
/// empty.
std::string resting_words(const std::string& last);

}  // namespace external::engine
