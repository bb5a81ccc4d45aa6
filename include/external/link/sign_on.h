#pragma once
// Signing on: both ends prove that they know the shared password without sending it. docs/protocol.md,
// "Signing on".

#include <external/link/link.h>

namespace external::link {

/// What a password becomes: bound to the two post offices that share it.
using Key = std::array<std::uint8_t, 32>;

/// scrypt over the password; order of the names does not matter. Takes about 0.1 s and 32 MB: not for the
/// thread that serves lines.
Key derive_key(std::string_view password, std::string_view one_post_office,
               std::string_view other_post_office);

/// Signs on at the post office `called`. Errors: wrong_credentials, wrong_address, wrong_version, busy,
/// protocol, timed_out, what ended the link.
Task<error_code> sign_on_as_caller(Link& link, std::string_view own_name, std::string_view called,
                                   const Key& key, TimePoint deadline);

/// The key shared with a post office, nothing if it is not known. May take its time (see derive_key).
using KeyLookup = std::function<Task<std::optional<Key>>(std::string post_office)>;

/// Lets a caller sign on; returns its name. The caller learns nothing of ours but a nonce and our name. On
/// wrong_credentials `claimed` (if given) holds the name the caller used, for the log.
Task<Result<std::string>> sign_on_as_answerer(Link& link, std::string_view own_name, const KeyLookup& key_of,
                                              TimePoint deadline, std::string* claimed = nullptr);

}  // namespace external::link
