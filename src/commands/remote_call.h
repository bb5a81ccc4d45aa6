#pragma once
// The calls of a person's machine.

#include "command.h"
#include "wish_json.h"

#include <external/config/settings.h>

namespace external::commands {

/// Calls the post office with this wish and tells how it went; an External that runs here makes the call.
/// Throws Failure (try_later) if the call failed.
void call_for_mail(Invocation& invocation, const config::Settings& settings, const CallWish& wish);

}  // namespace external::commands
