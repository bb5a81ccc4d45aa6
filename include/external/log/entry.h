#pragma once
// The form of a line in Session.log.

#include <external/base/clock.h>

namespace external::log {

/// `01-31-2026 23:52`: month, day, year with four digits (Q192156), hours and minutes, of local time.
std::string format_time(WallTime when);

/// `Modem1     01-31-2026 23:52 Answering call`: the instance in ten columns (a longer name stays whole),
/// the local date and time, the text. Without an instance the line starts with the date. Control
/// characters are made visible, so that an entry is always one line. No line end.
std::string format_entry(std::string_view instance, WallTime when, std::string_view text);

}  // namespace external::log
