#pragma once
// What the screen shows, as plain lines.

#include <external/control/status.h>

namespace external::console {

/// The screen for `status` in local time: a title, the lines with their calls, the queue, and the newest
/// lines of the log. Exactly `height` lines of at most `width` columns, printable ASCII only, whatever the
/// names hold; what does not fit is cut, the log first.
std::vector<std::string> render(const control::Status& status, std::size_t width, std::size_t height);

}  // namespace external::console
