#pragma once
// Addresses and envelopes as UUCP has them (RFC 976).

#include <external/postoffice/address.h>

#include <string>
#include <string_view>
#include <vector>

namespace external::commands {

/// Where a message came from, as the lines say that each site on its way put before it:
/// "From anna Sat Nov 21 06:33:22 2026 remote from clinic", the latest first, those after it with '>'.
struct UucpEnvelope {
  std::string sender;           ///< "north!clinic!anna"; empty if no line says who
  std::string remote;           ///< the site that handed it over; empty if none is named
  std::size_t header_size = 0;  ///< bytes of these lines, to be left out of the message
};

/// `start`: the first bytes of what rmail reads. Any bytes may come.
UucpEnvelope read_uucp_envelope(std::string_view start);

/// A path of UUCP as an address that can be read here: of "a!b!anna" and "a!b!anna@c.d" only the last part
/// counts, as every site knows the others here. A site is a post office by its name ("clinic" for
/// NORTH/CLINIC, if only one of `offices` is called that), in both parts ("clinic.north"), or a domain. What
/// is no path is given back as it is. Throws BadAddress.
std::string from_bang_path(std::string_view path, const std::vector<std::string>& offices);

}  // namespace external::commands
