#pragma once
// How clean the line of a call was, in the words of the original's line diagnostics.

#include <external/line/line.h>
#include <external/link/link.h>

namespace external::engine {

/// The lines of the block that ends a call with DebugXCSI. `port`: what the port counted during the call;
/// nothing if it does not count. docs/session-log.md says what each counter counts.
std::vector<std::string> connection_diagnostics(const link::Statistics& line,
                                                const std::optional<line::PortErrors>& port);

/// What was counted between two looks.
line::PortErrors operator-(const line::PortErrors& later, const line::PortErrors& earlier);

}  // namespace external::engine
