#include "log_filter.h"

#include "exit.h"

#include <external/base/text.h>
#include <external/config/values.h>

#include <cctype>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

namespace external::commands {

namespace {

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

bool is_name_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_';
}

// As a whole name; SOUTH/HUB is in SOUTH/HUB/ANNA, too.
bool names(std::string_view text, std::string_view post_office) {
  for (auto at = text.find(post_office); at != std::string_view::npos; at = text.find(post_office, at + 1)) {
    const auto end = at + post_office.size();
    const bool begins = at == 0 || (!is_name_letter(text[at - 1]) && text[at - 1] != '/');
    const bool ends = end == text.size() || !is_name_letter(text[end]);
    if (begins && ends) return true;
  }
  return false;
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

void LogFilter::learn(std::string_view line) {
  if (post_office.empty()) return;
  if (const auto entry = log::parse_entry(line)) learn(*entry);
}

void LogFilter::learn(const log::Entry& entry) {
  if (post_office.empty() || entry.call.empty()) return;
  const auto text = to_upper(entry.text);
  for (const std::string_view beginning :
       {"CALLING: ", "CONNECTED TO ", "CONNECTED: CALLER IS ", "CALL TO ", "CALL FROM "}) {
    if (!text.starts_with(beginning)) continue;
    const auto peer = std::string_view(text).substr(beginning.size());
    if (peer.starts_with(to_upper(post_office)) && names(peer, to_upper(post_office)))
      calls_.insert(entry.call);
  }
}

bool LogFilter::is_about_post_office(const log::Entry& entry) const {
  return calls_.contains(entry.call) || names(to_upper(entry.text), to_upper(post_office));
}

log::Level LogFilter::level_of(const std::string& text) {
  if (!messages_) messages_.emplace();
  return messages_->level_of(text);
}

bool LogFilter::passes(const log::Entry& entry) {
  if (!instance.empty() && !equal_no_case(entry.instance, instance)) return false;
  if (!call.empty() && !equal_no_case(entry.call, call)) return false;
  if (since && entry.when <= *since - std::chrono::minutes(1)) return false;
  const bool whole_minute = entry.when == std::chrono::floor<std::chrono::minutes>(entry.when);
  if (since && !whole_minute && entry.when < *since) return false;
  if (until && entry.when > *until) return false;
  if (!message.empty() && entry.text.find(message) == std::string::npos) return false;
  if (!post_office.empty() && !is_about_post_office(entry)) return false;
  return level == log::Level::debug || level_of(entry.text) >= level;
}

bool LogFilter::passes(std::string_view line) {
  const auto entry = log::parse_entry(line);
  if (!entry) return last_;
  learn(*entry);
  last_ = passes(*entry);
  return last_;
}

}  // namespace external::commands
