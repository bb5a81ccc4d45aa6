#pragma once
// The text of external.ini, taken apart but not yet understood.

#include <external/config/diagnostic.h>

#include <string>
#include <string_view>
#include <vector>

namespace external::config {

struct IniEntry {
  std::string name;   ///< as written
  std::string value;  ///< without quotes, comment and blanks around it
  int line = 0;
};

struct IniSection {
  std::string name;  ///< what stands between the brackets, blanks around it removed
  int line = 0;
  std::vector<IniEntry> entries;
};

/// Splits a file into sections and entries.
///
/// - Lines end with LF or CR LF. The text is UTF-8 with or without a byte order mark, or UTF-16 with one.
/// - `;` and `#` start a comment at the start of a line, also an indented one, and after a blank elsewhere.
/// So
///   `Phone = *70#5551234` keeps its `#`.
/// - A value in double quotes holds anything but a line end; `""` in it is one quote, a backslash is a
/// backslash.
/// - A name without `=` has the value "yes".
///
/// What cannot be read is added to `diagnostics` under the name `source`, and left out.
std::vector<IniSection> read_ini(std::string_view text, const std::string& source, Diagnostics& diagnostics);

}  // namespace external::config
