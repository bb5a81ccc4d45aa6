#pragma once
// What fuzzers feed, and what the tests feed again: one input at a time. A finding is an exception.

#include <external/base/asio.h>

namespace external::fuzz {

/// A modem script: compiling it ends, its diagnostics have places, and playing what compiles ends in time.
void try_script(ByteView source);

/// What a modem says, byte for byte and pause for pause, while good scripts play on it: every procedure ends
/// in time, and so does the session behind a CONNECT. The first byte chooses script and procedure; then come
/// records of pause (in 20 ms), length and bytes.
void try_modem(ByteView input);

/// What comes before both ends trust each other, and what is sealed after that. The first byte chooses who
/// reads the rest: as a banner, a reply, what stands inside of either, terms, a refusal; or what it changes
/// in a sealed chunk, a banner or a reply, which must be noticed.
void try_sign_on(ByteView input);

/// What a client says to the SMTP server, what a server says to the client, or content on its way through
/// both. The first byte chooses.
void try_smtp(ByteView input);

/// Addresses: what is accepted is safe as a name of files, and the same again when it is read again in either
/// of its spellings; so are senders and domains. The first byte chooses what the post office knows.
void try_addresses(ByteView input);

/// What programs of this computer hand in: headers, lists of addresses, what UUCP puts before a message, and
/// batches, which are the same messages as those of a client who says the same. The first byte chooses.
void try_hand_in(ByteView input);

/// Requests to the control socket, and what a program takes for the status of a running External. The first
/// byte chooses.
void try_control(ByteView input);

/// Whatever comes from a line: frames in both forms, which are frames still when they are sent again, what
/// they acknowledge and are put together to, a probe, records.
void try_frame(ByteView input);

/// A client of a pool and the modem that it borrows: whatever either says, and whenever the lease begins and
/// ends, it has one end. The first byte chooses protocol and pool; then come records of what happens, length
/// and bytes.
void try_sharing(ByteView input);

}  // namespace external::fuzz
