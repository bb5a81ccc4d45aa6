#include "normal_form.h"

#include <external/unicode/name.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include <unicode/uchar.h>

namespace external::unicode {

namespace {

constexpr std::uint32_t usual =
    U_GC_L_MASK | U_GC_MN_MASK | U_GC_MC_MASK | U_GC_ND_MASK | U_GC_NL_MASK | U_GC_SO_MASK;

/// Marks within words of Catalan, Hebrew and Japanese (RFC 5892, A.3, A.5 to A.7).
constexpr std::u32string_view word_marks = U"\u00B7\u05F3\u05F4\u30FB";

/// What programs put where they could not read a character.
constexpr std::u32string_view placeholders = U"\uFFFC\uFFFD";

constexpr UChar32 code(char32_t point) {
  return static_cast<UChar32>(point);
}

bool is_ascii(char32_t point) {
  return point < 0x80;
}

bool is_mark(char32_t point) {
  return (U_GET_GC_MASK(code(point)) & U_GC_M_MASK) != 0;
}

bool is_invisible(char32_t point) {
  return u_hasBinaryProperty(code(point), UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 ||
         (U_GET_GC_MASK(code(point)) & (U_GC_C_MASK | U_GC_Z_MASK)) != 0;
}

bool may_stand_in_names(char32_t point) {
  if (placeholders.find(point) != std::u32string_view::npos) return false;
  return (U_GET_GC_MASK(code(point)) & usual) != 0 || word_marks.find(point) != std::u32string_view::npos ||
         u_hasBinaryProperty(code(point), UCHAR_EMOJI_MODIFIER) != 0;
}

std::string number_of(char32_t point) {
  char text[16];
  std::snprintf(text, sizeof text, "U+%04X", static_cast<unsigned>(point));
  return text;
}

/// Whether it is clear from which side it is read: all of it from the left, or from the right by the rule of
/// RFC 5893, 2.
bool has_one_direction(std::u32string_view name) {
  const auto of = [](char32_t point) { return u_charDirection(code(point)); };
  const auto leftward = [&](char32_t point) {
    return of(point) == U_RIGHT_TO_LEFT || of(point) == U_RIGHT_TO_LEFT_ARABIC;
  };
  const auto is = [&](UCharDirection direction) {
    return std::any_of(name.begin(), name.end(), [&](char32_t point) { return of(point) == direction; });
  };
  const bool arabic_digits = is(U_ARABIC_NUMBER);
  if (!arabic_digits && std::none_of(name.begin(), name.end(), leftward)) return true;
  if (!leftward(name.front()) || is(U_LEFT_TO_RIGHT)) return false;
  if (arabic_digits && is(U_EUROPEAN_NUMBER)) return false;
  const auto last = std::find_if(name.rbegin(), name.rend(),
                                 [&](char32_t point) { return of(point) != U_DIR_NON_SPACING_MARK; });
  return leftward(*last) || of(*last) == U_EUROPEAN_NUMBER || of(*last) == U_ARABIC_NUMBER;
}

}  // namespace

std::u32string folded(std::u32string_view name) {
  auto text = composed(name);
  for (auto& point : text) point = static_cast<char32_t>(u_foldCase(code(point), U_FOLD_CASE_DEFAULT));
  return composed(text);
}

std::u32string in_capitals(std::u32string_view name) {
  auto text = folded(name);
  for (auto& point : text) {
    const auto capital = u_toupper(code(point));
    if (u_foldCase(capital, U_FOLD_CASE_DEFAULT) == code(point)) point = static_cast<char32_t>(capital);
  }
  return composed(text);
}

std::string complaint_about(std::u32string_view name) {
  if (name.empty()) return {};
  for (const char32_t point : name) {
    if (is_ascii(point)) continue;
    if (is_invisible(point)) return "has " + number_of(point) + ", which cannot be seen; leave it out";
    if (!may_stand_in_names(point))
      return "has " + number_of(point) + ", which is no letter, digit or picture; leave it out";
  }
  if (is_mark(name.front()))
    return "begins with a mark (" + number_of(name.front()) + ") that belongs to a letter";
  if (!is_plain(composed(name)))
    return "has characters that are another form of usual ones, as ligatures or those of full width; write "
           "the usual ones";
  if (!has_one_direction(name))
    return "mixes letters read from the left and from the right, or ends in a sign; write it in one script";
  return {};
}

}  // namespace external::unicode
