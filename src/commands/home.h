#pragma once
// The post office that a command works for.

#include "command.h"

#include <external/config/settings.h>
#include <external/control/client.h>
#include <external/engine/directory.h>
#include <external/postoffice/address.h>
#include <external/postoffice/disk_guard.h>
#include <external/postoffice/mailbox.h>
#include <mailqueue/queue.h>

namespace external::commands {

/// Finds and reads external.ini. Throws ConfigError.
config::Settings load_settings(const Invocation& invocation);

postoffice::AddressBook address_book(const config::Settings& settings);

/// Who sends if nobody is named: the person whose machine this is, otherwise the login name; may be empty.
std::string usual_sender(const config::Settings& settings, const Surroundings& world);

/// Addresses, ways, groups and limits of these settings. Throws Failure.
engine::Directory directory(const config::Settings& settings);

/// Those in mail/, which is made if it is not there.
postoffice::Mailboxes mailboxes(const config::Settings& settings);

/// For the disk of the post office.
postoffice::DiskGuard disk_guard(const config::Settings& settings);

mailqueue::Queue open_queue(const config::Settings& settings);

/// Folders of the modem scripts that came with the program.
std::vector<std::filesystem::path> script_folders();

/// Connects to the External that serves this post office. Throws control::NotRunning.
control::ControlClient connect_to_running(const config::Settings& settings);

/// A running External looks at the queue at once; nothing happens if there is none.
void tell_news(const config::Settings& settings);

/// The instance of that name, in any case. Throws Failure.
const config::Instance& named_instance(const config::Settings& settings, const std::string& name);

/// Refuses operands of a command that has none.
void expect_no_operands(const Invocation& invocation);

}  // namespace external::commands
