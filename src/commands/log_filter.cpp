#include "log_filter.h"

#include "exit.h"

#include <external/base/text.h>
#include <external/config/values.h>

#include <cctype>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

namespace external::commands {

namespace {

constexpr std::string_view stamp_form = "dd-dd-dddd dd:dd ";

bool has_form(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return false;
  for (std::size_t index = 0; index < form.size(); ++index) {
    const bool digit = std::isdigit(static_cast<unsigned char>(text[index])) != 0;
    if (form[index] == 'd' ? !digit : text[index] != form[index]) return false;
  }
  return true;
}

// Nothing if `text` is not exactly of `format` (as of strptime).
std::optional<std::tm> read_time(const std::string& text, const char* format, std::tm start) {
  std::istringstream in(text);
  in.imbue(std::locale::classic());
  in >> std::get_time(&start, format);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return start;
}

WallTime from_local(std::tm time) {
  time.tm_isdst = -1;
  return WallTime::clock::from_time_t(std::mktime(&time));
}

struct Parts {
  std::string_view instance;
  std::string_view stamp;
};

// A line of the log begins with a date, or with an instance and a date.
std::optional<Parts> parts_of(std::string_view line) {
  if (has_form(line, stamp_form)) return Parts{{}, line.substr(0, stamp_form.size() - 1)};
  const auto blank = line.find(' ');
  const auto stamp = line.find_first_not_of(' ', blank);
  if (blank == 0 || stamp == std::string_view::npos || !has_form(line.substr(stamp), stamp_form))
    return std::nullopt;
  return Parts{line.substr(0, blank), line.substr(stamp, stamp_form.size() - 1)};
}

}  // namespace

WallTime parse_since(const std::string& text, WallTime now) {
  const auto seconds = WallTime::clock::to_time_t(now);
  std::tm today{};
  ::localtime_r(&seconds, &today);
  today.tm_sec = 0;
  if (const auto time = read_time(text, "%H:%M", today)) return from_local(*time);
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%m-%d-%Y", "%m-%d-%Y %H:%M"}) {
    if (const auto time = read_time(text, format, std::tm{})) return from_local(*time);
  }
  try {
    return now - config::parse_duration(text);
  } catch (const config::BadValue&) {
    throw Failure(Exit::usage,
                  "'" + visible(text) + "' is no time; write 10:30, 2026-11-21, \"2026-11-21 10:30\", or 2h");
  }
}

bool LogFilter::passes(std::string_view line) {
  const auto parts = parts_of(line);
  if (!parts) return last_;
  last_ = instance.empty() || equal_no_case(parts->instance, instance);
  if (last_ && since) {
    const auto stamp = read_time(std::string(parts->stamp), "%m-%d-%Y %H:%M", std::tm{});
    last_ = stamp && from_local(*stamp) > *since - std::chrono::minutes(1);
  }
  return last_;
}

}  // namespace external::commands
