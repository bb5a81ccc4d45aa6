#pragma once
// Signing on: both ends prove that they know the shared password without sending it, and agree on the keys
// and the terms of the call. docs/protocol.md, "Signing on"; docs/security.md.

#include <external/link/dictionaries.h>
#include <external/link/link.h>
#include <external/link/terms.h>

namespace external::link {

/// scrypt over the password; order of the names does not matter. Takes about 0.1 s and 32 MB: not for the
/// thread that serves lines.
Key derive_key(std::string_view password, std::string_view one_post_office,
               std::string_view other_post_office);

/// The key shared with a post office, nothing if it is not known. May take its time (see derive_key).
using KeyLookup = std::function<Task<std::optional<Key>>(std::string post_office)>;

/// What both ends hold once they have signed on. The keys are of this call alone: who learns the password
/// later cannot read it.
struct Agreement {
  Key send{};     ///< seals what this end sends
  Key receive{};  ///< opens what it receives
  std::string peer;
  Terms theirs;
  std::uint8_t version = newest_version;  ///< the highest that both speak
  bool encrypted = true;                  ///< alike at both ends
  bool reliable = false;                  ///< if both say so
  bool half_duplex = false;               ///< if either says so
};

/// Signs on at the post office `called`; the link is then secured. That the other end knows the password is
/// proven only by the first that opens of what it sealed, so mail may be sent at once but Link::meet tells
/// whether it is the right one. Errors: wrong_credentials, wrong_address, wrong_version, encryption, busy,
/// protocol, timed_out, what ended the link. Of `terms`, what the link and `dictionaries` know better is
/// filled in.
Task<Result<Agreement>> sign_on_as_caller(Link& link, std::string_view own_name, std::string_view called,
                                          Terms terms, const Key& key, const Dictionaries& dictionaries,
                                          TimePoint deadline);

/// Lets a caller sign on; the link is then secured. One that does not know the password learns nothing of
/// ours but name and terms, and has one try. On an error `claimed` (if given) holds the name the caller used,
/// if it said one, for the log.
Task<Result<Agreement>> sign_on_as_answerer(Link& link, std::string_view own_name, Terms terms,
                                            const KeyLookup& key_of, const Dictionaries& dictionaries,
                                            TimePoint deadline, std::string* claimed = nullptr);

}  // namespace external::link
