#pragma once
// The machine of a person, as the remote commands see it.

#include "command.h"

#include <external/config/settings.h>

namespace external::commands {

/// Reads external.ini; throws Failure (config) if it is that of a post office.
config::Settings load_person(const Invocation& invocation);

/// NETWORK/POSTOFFICE/MAILBOX.
std::string address_of_person(const config::Settings& settings);

/// Where the mail is.
std::filesystem::path maildir_of_person(const config::Settings& settings);

}  // namespace external::commands
