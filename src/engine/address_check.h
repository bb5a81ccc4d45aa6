#pragma once
// What is wrong with the addresses that external.ini names, all of it at once.

#include <external/config/diagnostic.h>
#include <external/engine/directory.h>

namespace external::engine {

/// Of groups, aliases, [Mailbox] sections, CatchAll and RemoteUser. Empty: a Directory can be made of them.
/// Circles are looked for once every member is an address.
config::Diagnostics check_addresses(const config::Settings& settings);

/// Names that a mailbox has besides a group or an alias, and a catch-all that is no mailbox here. Looks at
/// the disk.
config::Diagnostics check_mailboxes(const config::Settings& settings, const Directory& directory,
                                    const postoffice::Mailboxes& mailboxes);

/// Groups and aliases as they are written.
std::vector<postoffice::Group> groups_of(const config::Settings& settings);

/// Who gets mail for mailboxes that do not exist here. Throws config::ConfigError.
std::optional<postoffice::Address> catch_all_of(const config::Settings& settings,
                                                const postoffice::AddressBook& book);

}  // namespace external::engine
