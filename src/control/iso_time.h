#pragma once
// Calendar time as text for other programs: 2026-01-31T23:52:00Z.

#include <external/base/clock.h>

namespace external::control {

std::string to_iso(WallTime time);

/// Nothing if `text` is not of that form.
std::optional<WallTime> from_iso(const std::string& text);

}  // namespace external::control
