#include <external/base/text.h>
#include <external/log/entry.h>

#include <fmt/format.h>

#include <ctime>

namespace external::log {

std::string format_time(WallTime when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:02}-{:02}-{:04} {:02}:{:02}", local.tm_mon + 1, local.tm_mday, local.tm_year + 1900,
                     local.tm_hour, local.tm_min);
}

std::string format_entry(std::string_view instance, WallTime when, std::string_view text) {
  const auto stamp = format_time(when);
  if (instance.empty()) return fmt::format("{} {}", stamp, visible(text));
  return fmt::format("{:<10} {} {}", visible(instance), stamp, visible(text));
}

}  // namespace external::log
