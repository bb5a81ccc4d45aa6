#include "normal_form.h"

#include <stdexcept>

#include <unicode/unorm2.h>
#include <unicode/utf16.h>

namespace external::unicode {

namespace {

/// ICU works on UTF-16.
std::u16string narrow(std::u32string_view text) {
  std::u16string units;
  for (const char32_t point : text) {
    char16_t pair[2];
    std::size_t length = 0;
    U16_APPEND_UNSAFE(pair, length, point);
    units.append(pair, length);
  }
  return units;
}

std::u32string widen(std::u16string_view units) {
  std::u32string text;
  for (std::size_t at = 0; at < units.size();) {
    UChar32 point = 0;
    U16_NEXT(units.data(), at, units.size(), point);
    text.push_back(static_cast<char32_t>(point));
  }
  return text;
}

void check(UErrorCode error) {
  if (U_FAILURE(error)) throw std::runtime_error(std::string("Unicode: ") + u_errorName(error));
}

}  // namespace

std::u32string composed(std::u32string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const auto* form = unorm2_getNFCInstance(&error);
  check(error);
  const auto units = narrow(text);
  std::u16string result(units.size() * 3 + 1, u'\0');  // no character becomes more than three (UAX 15, 9)
  const auto length = unorm2_normalize(form, units.data(), static_cast<std::int32_t>(units.size()),
                                       result.data(), static_cast<std::int32_t>(result.size()), &error);
  check(error);
  result.resize(static_cast<std::size_t>(length));
  return widen(result);
}

bool is_plain(std::u32string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const auto* form = unorm2_getNFKCInstance(&error);
  check(error);
  const auto units = narrow(text);
  const bool plain =
      unorm2_isNormalized(form, units.data(), static_cast<std::int32_t>(units.size()), &error) != 0;
  check(error);
  return plain;
}

}  // namespace external::unicode
