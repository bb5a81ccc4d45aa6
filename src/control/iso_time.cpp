#include "iso_time.h"

#include <ctime>

namespace external::control {

namespace {

constexpr const char* form = "%Y-%m-%dT%H:%M:%SZ";

}

std::string to_iso(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, form, &utc)};
}

std::optional<WallTime> from_iso(const std::string& text) {
  std::tm utc{};
  const char* end = ::strptime(text.c_str(), form, &utc);
  if (end == nullptr || *end != '\0') return std::nullopt;
  // Nanoseconds in 64 bits reach from 1677 to 2262.
  constexpr int first_year = 1678 - 1900;
  constexpr int last_year = 2261 - 1900;
  if (utc.tm_year < first_year || utc.tm_year > last_year) return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

}  // namespace external::control
