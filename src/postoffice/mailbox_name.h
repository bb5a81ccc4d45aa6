#pragma once
// What stands before the @.

#include <string>
#include <string_view>

namespace external::postoffice {

/// A mailbox as an Address holds it. Throws BadAddress.
std::string canonical_mailbox(std::string_view text);

/// A canonical one in lower case, as people write it.
std::string lower_mailbox(std::string_view mailbox);

/// Throws BadAddress if `text` cannot be the local part of somebody else's address: the same rules, but it
/// stays as it is written.
void check_local_part(std::string_view text);

/// "\"anna\"" -> "anna" (RFC 5321, 4.1.2); what is not in quotes stays as it is. Throws BadAddress.
std::string without_quotes(std::string_view text);

}  // namespace external::postoffice
