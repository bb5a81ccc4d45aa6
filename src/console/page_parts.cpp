#include "pages.h"

#include <cstdio>
#include <ctime>

namespace external::console {

std::string local_time(WallTime time, const char* form) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[40];
  return {text, std::strftime(text, sizeof text, form, &local)};
}

std::string age(WallTime since, WallTime now) {
  const auto seconds =
      std::max<long long>(0, std::chrono::duration_cast<std::chrono::seconds>(now - since).count());
  char text[40];
  if (seconds < 3600) {
    std::snprintf(text, sizeof text, "%lldm%02llds", seconds / 60, seconds % 60);
  } else if (seconds < 24 * 3600) {
    std::snprintf(text, sizeof text, "%lldh%02lldm", seconds / 3600, seconds / 60 % 60);
  } else {
    std::snprintf(text, sizeof text, "%lldd%02lldh", seconds / 86400, seconds / 3600 % 24);
  }
  return text;
}

Row entry(std::string text, Look look, bool chosen, const Sheet& sheet) {
  return {cut((chosen ? ">" : " ") + std::move(text), sheet.width), chosen ? Look::chosen : look};
}

}  // namespace external::console
