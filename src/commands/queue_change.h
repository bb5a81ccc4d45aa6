#pragma once
// What an administrator does to the queue: hold, release, retry, return, delete.

#include "command.h"

namespace external::commands {

/// `verb` is the first operand. Throws Failure.
Exit change_queue(Invocation& invocation, const std::string& verb);

}  // namespace external::commands
