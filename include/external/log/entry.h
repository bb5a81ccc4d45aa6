#pragma once
// The forms of a line in Session.log, and the way back from them.

#include <external/base/clock.h>

namespace external::log {

/// How lines are written. docs/session-log.md
enum class Format {
  classic,  ///< as the original did
  iso,      ///< the time with milliseconds and offset first, the call before the text
  json,     ///< an object with what is known, one a line
};

/// How much a line matters; later ones matter more.
enum class Level { debug, info, notice, warning, error };

std::string_view name_of(Level level);
std::optional<Level> level_of(std::string_view name);  ///< in any case

/// A line in its parts.
struct Entry {
  WallTime when{};
  std::string instance{};  ///< empty: the program as a whole
  std::string call{};      ///< empty: of no call
  std::string text{};
};

/// `01-31-2026 23:52`: month, day, year with four digits (Q192156), hours and minutes, of local time.
std::string format_time(WallTime when);

/// `2026-01-31T23:52:59.123+01:00`, of local time.
std::string format_iso_time(WallTime when);

/// `Modem1     01-31-2026 23:52 Answering call [call 3V8Q2A]`: the instance in ten columns (a longer name
/// stays whole), the local date and time, the text. Without an instance the line starts with the date.
/// Control characters are made visible, so that an entry is always one line. No line end.
std::string format_classic(const Entry& entry);

/// The same for a line of no call.
std::string format_entry(std::string_view instance, WallTime when, std::string_view text);

/// `2026-01-31T23:52:59.123+01:00 Modem1 call=3V8Q2A Answering call`; `-` for no instance. As above else.
std::string format_iso(const Entry& entry);

/// Back from any of the three forms (classic has whole minutes only); nothing for what is none of them.
std::optional<Entry> parse_entry(std::string_view line);

/// The first time that stands in `text`, in the form of any log; nothing if there is none.
std::optional<WallTime> first_time_in(std::string_view text);

}  // namespace external::log
