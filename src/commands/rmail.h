#pragma once
// Mail that comes by UUCP: one message (`rmail`), or a batch of SMTP commands (`rsmtp`, `bsmtp`).

#include "command.h"

namespace external::commands {

Command rmail_command();
Command bsmtp_command();

}  // namespace external::commands
