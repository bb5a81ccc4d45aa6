#include <external/base/guard.h>

#include <cstdlib>

#ifdef EXTERNAL_GUARDS
namespace external {

bool guarded(std::string_view row) {
  const char* off = std::getenv("EXTERNAL_GUARD_OFF");
  return off == nullptr || off != row;
}

}  // namespace external
#endif
