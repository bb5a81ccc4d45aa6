#include <external/base/text.h>
#include <external/log/entry.h>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <ctime>

namespace external::log {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view classic_form = "dd-dd-dddd dd:dd";
constexpr std::string_view iso_form = "dddd-dd-ddTdd:dd:dd.ddd+dd:dd";
constexpr std::string_view call_begin = " [call ";
constexpr std::string_view call_end = "]";
constexpr std::string_view iso_call = "call=";
constexpr std::size_t longest_call = 12;

std::tm local(WallTime when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm time{};
  localtime_r(&seconds, &time);
  return time;
}

// 'd' stands for a digit, '+' for either sign.
bool has_form(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return false;
  return std::equal(form.begin(), form.end(), text.begin(), [](char wanted, char found) {
    if (wanted == 'd') return std::isdigit(static_cast<unsigned char>(found)) != 0;
    if (wanted == '+') return found == '+' || found == '-';
    return wanted == found;
  });
}

int number(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + length, value);
  return value;
}

WallTime read_classic_time(std::string_view text) {
  std::tm time{};
  time.tm_mon = number(text, 0, 2) - 1;
  time.tm_mday = number(text, 3, 2);
  time.tm_year = number(text, 6, 4) - 1900;
  time.tm_hour = number(text, 11, 2);
  time.tm_min = number(text, 14, 2);
  time.tm_isdst = -1;
  return WallTime::clock::from_time_t(std::mktime(&time));
}

WallTime read_iso_time(std::string_view text) {
  using namespace std::chrono;
  const sys_days day{year{number(text, 0, 4)} / number(text, 5, 2) / number(text, 8, 2)};
  const auto offset = hours(number(text, 24, 2)) + minutes(number(text, 27, 2));
  const auto time = hours(number(text, 11, 2)) + minutes(number(text, 14, 2)) + seconds(number(text, 17, 2)) +
                    milliseconds(number(text, 20, 3));
  return day + time + (text[23] == '-' ? offset : -offset);
}

bool is_call(std::string_view text) {
  return !text.empty() && text.size() <= longest_call && std::ranges::all_of(text, [](char letter) {
    return std::isdigit(static_cast<unsigned char>(letter)) != 0 || (letter >= 'A' && letter <= 'Z');
  });
}

// What stands behind the text.
std::string take_classic_call(std::string_view& text) {
  const auto begin = text.rfind(call_begin);
  if (begin == std::string_view::npos || !text.ends_with(call_end)) return {};
  auto call = text.substr(begin + call_begin.size());
  call.remove_suffix(call_end.size());
  if (!is_call(call)) return {};
  text = text.substr(0, begin);
  return std::string(call);
}

std::optional<Entry> parse_classic(std::string_view line) {
  Entry entry;
  if (!has_form(line, classic_form)) {
    const auto blank = line.find(' ');
    if (blank == 0 || blank == std::string_view::npos) return std::nullopt;
    const auto stamp = line.find_first_not_of(' ', blank);
    if (stamp == std::string_view::npos || !has_form(line.substr(stamp), classic_form)) return std::nullopt;
    entry.instance = line.substr(0, blank);
    line.remove_prefix(stamp);
  }
  if (line.size() > classic_form.size() && line[classic_form.size()] != ' ') return std::nullopt;
  entry.when = read_classic_time(line);
  auto text = line.substr(std::min(line.size(), classic_form.size() + 1));
  entry.call = take_classic_call(text);
  entry.text = text;
  return entry;
}

std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

std::optional<Entry> parse_iso(std::string_view line) {
  if (!has_form(line, iso_form) || line.size() <= iso_form.size() || line[iso_form.size()] != ' ')
    return std::nullopt;
  Entry entry;
  entry.when = read_iso_time(line);
  line.remove_prefix(iso_form.size() + 1);
  const auto instance = take_word(line);
  if (instance != "-") entry.instance = instance;
  auto rest = line;
  const auto call = take_word(rest);
  if (call.starts_with(iso_call) && is_call(call.substr(iso_call.size()))) {
    entry.call = call.substr(iso_call.size());
    line = rest;
  }
  entry.text = line;
  return entry;
}

std::string member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<Entry> parse_json(std::string_view line) {
  boost::system::error_code error;
  const auto value = boost::json::parse(line, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  const auto time = member(object, "time");
  if (!has_form(time, iso_form)) return std::nullopt;
  return Entry{read_iso_time(time), member(object, "instance"), member(object, "call"),
               member(object, "text")};
}

constexpr std::array<std::string_view, 5> level_names{"debug", "info", "notice", "warning", "error"};

}  // namespace

std::string_view name_of(Level level) {
  return level_names[static_cast<std::size_t>(level)];
}

std::optional<Level> level_of(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (equal_no_case(name, level_names[i])) return static_cast<Level>(i);
  }
  return std::nullopt;
}

std::string format_time(WallTime when) {
  const auto time = local(when);
  return fmt::format("{:02}-{:02}-{:04} {:02}:{:02}", time.tm_mon + 1, time.tm_mday, time.tm_year + 1900,
                     time.tm_hour, time.tm_min);
}

std::string format_iso_time(WallTime when) {
  const auto time = local(when);
  const auto fraction =
      std::chrono::floor<milliseconds>(when) - std::chrono::floor<std::chrono::seconds>(when);
  const long minutes = std::abs(time.tm_gmtoff) / 60;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{}{:02}:{:02}", time.tm_year + 1900,
                     time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec, fraction.count(),
                     time.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string format_classic(const Entry& entry) {
  const auto stamp = format_time(entry.when);
  const auto call = entry.call.empty() ? "" : fmt::format("{}{}{}", call_begin, entry.call, call_end);
  if (entry.instance.empty()) return fmt::format("{} {}{}", stamp, visible(entry.text), call);
  return fmt::format("{:<10} {} {}{}", visible(entry.instance), stamp, visible(entry.text), call);
}

std::string format_entry(std::string_view instance, WallTime when, std::string_view text) {
  return format_classic({when, std::string(instance), {}, std::string(text)});
}

std::string format_iso(const Entry& entry) {
  return fmt::format(
      "{} {} {}{}", format_iso_time(entry.when), entry.instance.empty() ? "-" : visible(entry.instance),
      entry.call.empty() ? "" : fmt::format("{}{} ", iso_call, entry.call), visible(entry.text));
}

std::optional<Entry> parse_entry(std::string_view line) {
  if (line.starts_with('{')) return parse_json(line);
  if (auto entry = parse_iso(line)) return entry;
  return parse_classic(line);
}

std::optional<WallTime> first_time_in(std::string_view text) {
  for (; text.size() >= classic_form.size(); text.remove_prefix(1)) {
    if (has_form(text, classic_form)) return read_classic_time(text);
    if (has_form(text, iso_form)) return read_iso_time(text);
  }
  return std::nullopt;
}

}  // namespace external::log
