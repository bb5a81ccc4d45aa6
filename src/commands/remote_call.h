#pragma once
// The calls of a person's machine.

#include "command.h"

#include <external/config/settings.h>
#include <external/session/wish.h>

namespace external::commands {

/// Calls the post office with this wish and tells how it went. Throws Failure (try_later) if the call failed.
void call_for_mail(Invocation& invocation, const config::Settings& settings, session::Wish wish,
                   bool tell_deleted = false);

}  // namespace external::commands
