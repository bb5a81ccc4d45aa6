#pragma once
// How wide text is on a screen whose characters all have one width, or two.

#include <cstddef>

namespace external::unicode {

/// Columns of one code point: 0 for marks that stand above or below another character, 2 for wide ones of
/// East Asia (UAX #11), 1 for others. Nothing that a terminal could take for more than a picture has a width:
/// -1 for control characters, marks of direction, private and unknown characters.
int columns(char32_t point);

}  // namespace external::unicode
