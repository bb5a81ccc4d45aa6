#include <external/unicode/columns.h>

#include <unicode/uchar.h>

namespace external::unicode {

namespace {

constexpr std::uint32_t without_picture =
    U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CN_MASK | U_GC_CO_MASK | U_GC_CS_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK;
constexpr std::uint32_t on_another = U_GC_MN_MASK | U_GC_ME_MASK;

}  // namespace

int columns(char32_t point) {
  const auto code = static_cast<UChar32>(point);
  const std::uint32_t category = U_GET_GC_MASK(code);
  if ((category & without_picture) != 0) return -1;
  if ((category & on_another) != 0) return 0;
  const int width = u_getIntPropertyValue(code, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_FULLWIDTH || width == U_EA_WIDE ? 2 : 1;
}

}  // namespace external::unicode
