// Times of day, days, and how much mail is worth a call.

#include <external/base/text.h>
#include <external/config/values.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace external::config {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> day_names{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};
constexpr auto wanted_windows =
    "expected times of day such as 01:00-05:00, Mon-Fri 22:00-06:00; days before the time they are for";

/// All of `text`, which consists of `least` to `most` digits.
std::optional<unsigned> digits(std::string_view text, std::size_t least, std::size_t most) {
  unsigned number = 0;
  if (text.size() < least || text.size() > most) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// hh:mm, one or two digits for the hour; 24:00 is the end of the day.
std::optional<std::chrono::minutes> hour_and_minute(std::string_view text) {
  const auto parts = split(trim(text), ':');
  if (parts.size() != 2) return std::nullopt;
  const auto hour = digits(parts[0], 1, 2);
  const auto minute = digits(parts[1], 2, 2);
  if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 1440) return std::nullopt;
  return std::chrono::minutes(*hour * 60 + *minute);
}

std::optional<std::size_t> weekday(std::string_view text) {
  const auto name = to_lower(trim(text));
  const auto found = std::find_if(day_names.begin(), day_names.end(), [&](std::string_view day) {
    return name == day || name == day.substr(0, 3);
  });
  if (found == day_names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - day_names.begin());
}

/// "Mon" or "Fri-Mon".
void add_days(std::string_view text, std::bitset<7>& days) {
  const auto dash = text.find('-');
  const auto first = weekday(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : weekday(text.substr(dash + 1));
  if (!first || !last) throw BadValue(wanted_windows);
  for (auto day = *first;; day = (day + 1) % 7) {
    days.set(day);
    if (day == *last) return;
  }
}

TimeWindow parse_window(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) throw BadValue(wanted_windows);
  const auto from = hour_and_minute(text.substr(0, dash));
  const auto to = hour_and_minute(text.substr(dash + 1));
  if (!from || !to || *from == std::chrono::minutes(1440)) throw BadValue(wanted_windows);
  if (*from == *to) throw BadValue("an interval ends when it starts; for the whole day write 00:00-24:00");
  TimeWindow window;
  window.from = *from;
  window.to = *to;
  return window;
}

template <class Value>
void set_once(std::optional<Value>& to, Value value, const char* what) {
  if (to) throw BadValue(std::string("there are two numbers of ") + what + "; keep one");
  to = value;
}

std::optional<std::uint64_t> bytes_in(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, unsigned>, 4> units{
      {{"B", 0}, {"KB", 10}, {"MB", 20}, {"GB", 30}}};
  for (const auto& [name, shift] : units) {
    if (equal_no_case(name, unit)) return std::uint64_t(1) << shift;
  }
  return std::nullopt;
}

}  // namespace

std::vector<TimeWindow> parse_windows(std::string_view text) {
  std::vector<TimeWindow> windows;
  std::bitset<7> days;
  for (const auto& each : split(text, ',')) {
    const auto part = trim(each);
    // Days end where the time begins, which is where the first digit is.
    const auto time = part.find_first_of("0123456789");
    const auto names = trim(part.substr(0, time));
    if (!names.empty()) add_days(names, days);
    if (time == std::string_view::npos) {
      if (names.empty()) throw BadValue(wanted_windows);
      continue;
    }
    auto window = parse_window(part.substr(time));
    if (days.any()) window.days = std::exchange(days, {});
    windows.push_back(window);
  }
  if (days.any()) throw BadValue(wanted_windows);
  return windows;
}

CallWhen parse_call_when(std::string_view text) {
  const BadValue wanted("expected what has to wait before a call, such as 5 messages, 100 KB, 30m");
  CallWhen when;
  for (const auto& each : split(text, ',')) {
    const auto part = trim(each);
    const auto unit_at = std::min(part.find_first_not_of("0123456789"), part.size());
    const auto unit = trim(part.substr(unit_at));
    const auto number = digits(part.substr(0, unit_at), 1, 9);
    if (!number) throw wanted;
    if (equal_no_case(unit, "messages") || equal_no_case(unit, "message")) {
      set_once(when.messages, std::uint64_t(*number), "messages");
    } else if (const auto size = bytes_in(unit)) {
      set_once(when.bytes, *number * *size, "bytes");
    } else {
      set_once(when.waiting, parse_duration(part), "times");
    }
  }
  return when;
}

seconds parse_time_of_day(std::string_view text) {
  const BadValue wanted("expected a time of day such as 23:00 or 23:00:30");
  if (text.starts_with(':')) text.remove_prefix(1);
  const auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) throw wanted;
  const auto hour = digits(parts[0], 1, 2);
  const auto minute = digits(parts[1], 2, 2);
  const auto second = parts.size() == 3 ? digits(parts[2], 2, 2) : 0;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) throw wanted;
  return hours(*hour) + std::chrono::minutes(*minute) + seconds(*second);
}

std::chrono::year_month_day parse_date(std::string_view text) {
  const auto parts = split(text, '-');
  if (parts.size() == 3) {
    const auto year = digits(parts[0], 4, 4);
    const auto month = digits(parts[1], 1, 2);
    const auto day = digits(parts[2], 1, 2);
    if (year && month && day) {
      const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                             std::chrono::month(*month), std::chrono::day(*day)};
      if (date.ok()) return date;
    }
  }
  throw BadValue("expected a date: year, month and day, such as 2026-12-31");
}

seconds parse_break_relative(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    const auto parts = split(text, ':');
    const auto day = parts.size() == 3 ? digits(parts[0], 1, 3) : std::nullopt;
    const auto hour = parts.size() == 3 ? digits(parts[1], 1, 2) : std::nullopt;
    const auto minute = parts.size() == 3 ? digits(parts[2], 1, 2) : std::nullopt;
    const bool good = day && hour && minute && *day <= 366 && *hour < 24 && *minute < 60;
    if (!good) throw BadValue("expected days, hours and minutes as dd:hh:mm, or a time such as 2h30m");
    return hours(*day * 24 + *hour) + std::chrono::minutes(*minute);
  }
  if (!text.starts_with('P') && !text.starts_with('p')) return parse_duration(text);
  // Months and years have no fixed length; before T an M would be months.
  const auto time = text.find_first_of("Tt");
  const auto date = text.substr(1, time == std::string_view::npos ? time : time - 1);
  if (!date.empty() && date.back() != 'D' && date.back() != 'd')
    throw BadValue("of days and parts of a day only, such as P1DT2H30M");
  return parse_duration(std::string(date) +
                        std::string(time == std::string_view::npos ? "" : text.substr(time + 1)));
}

}  // namespace external::config
