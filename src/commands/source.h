#pragma once
// Where the content of a message comes from, piece by piece, so that its size does not matter.

#include <functional>
#include <iosfwd>
#include <string>

namespace external::commands {

/// The next piece, not empty, at most some 64 KB; empty at the end of the message. Throws Failure (io).
using Source = std::function<std::string()>;

/// All of a stream, byte for byte. `name` is what errors call it. The stream must outlive the source.
Source from_stream(std::istream& in, std::string name);

/// `source` up to a line that holds one dot and nothing else, which is left out, as sendmail reads a
/// terminal.
Source until_dot(Source source);

}  // namespace external::commands
