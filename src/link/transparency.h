#pragma once
// Lines that do not carry every byte: what they lose is found with a probe at the start of a call, and frames
// are then written without it. docs/protocol.md, "Lines that eat bytes".

#include <external/base/asio.h>

#include <bitset>
#include <string>

namespace external::link {

/// A set of byte values.
using ByteSet = std::bitset<256>;

/// What a line was seen to lose, one bit per item of the probe.
using Losses = std::uint32_t;

/// The probe as it goes on the line, between two marks.
const Bytes& probe_text();

/// Which items of the probe are missing or changed in what arrived between the marks.
Losses losses_in(ByteView arrived);

/// Byte values that must not be used where `losses` were seen.
ByteSet bytes_to_avoid(Losses losses);

/// What a person is told: "XON/XOFF, the eighth bit".
std::string describe(Losses losses);

/// Everything that no line is known to eat is outside this set: control characters, DEL and all with the
/// eighth bit.
const ByteSet& unsafe_bytes();

/// Starts and ends a frame in escaped form; never inside one.
inline constexpr std::uint8_t mark = '~';

/// Appends `plain` without any byte of `avoid` and without marks. At most twice as long.
void escape(ByteView plain, const ByteSet& avoid, Bytes& out);

/// The bytes behind an escaped form; an escape character that stands last is left out.
Bytes unescape(ByteView escaped);

}  // namespace external::link
