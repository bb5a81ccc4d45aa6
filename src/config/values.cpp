#include <external/base/text.h>
#include <external/config/values.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace external::config {

namespace {

constexpr std::chrono::seconds longest_duration = std::chrono::hours(24 * 366);

struct Unit {
  char letter;
  long seconds;
};
constexpr std::array<Unit, 4> units{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

constexpr auto speeds = std::to_array<unsigned>(
    {300,    600,    1200,   1800,   2400,    4800,    9600,    19200,   38400,   57600,   115200,  230400,
     460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<unsigned long> digits(std::string_view text) {
  unsigned long number = 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::chrono::seconds parse_duration(std::string_view text) {
  const BadValue wanted("expected a time such as 30s, 5m, 1h30m or 2d");
  long long total = 0;
  auto unit = units.begin();
  if (text.empty()) throw wanted;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto length = static_cast<std::size_t>(end - text.begin());
    const auto number = digits(text.substr(0, length));
    if (!number || end == text.end()) throw wanted;
    unit = std::find_if(unit, units.end(), [&](const Unit& u) {
      return u.letter == to_lower({&*end, 1})[0];
    });
    if (unit == units.end()) throw wanted;
    if (*number > static_cast<unsigned long>(longest_duration.count()))
      throw BadValue("longer than 366 days");
    total += static_cast<long long>(*number) * unit->seconds;
    ++unit;
    text.remove_prefix(length + 1);
  }
  if (total > longest_duration.count()) throw BadValue("longer than 366 days");
  return std::chrono::seconds(total);
}

std::vector<std::chrono::seconds> parse_steps(std::string_view text) {
  constexpr std::size_t most = 8;
  std::vector<std::chrono::seconds> steps;
  if (trim(text) == "0") return steps;
  for (const auto& part : split(text, ',')) {
    const auto step = parse_duration(trim(part));
    if (step < std::chrono::minutes(1)) throw BadValue("expected at least 1m, or 0 for none");
    if (!steps.empty() && step <= steps.back())
      throw BadValue("expected times that rise, such as 4h, 1d, 3d");
    steps.push_back(step);
  }
  if (steps.size() > most) throw BadValue("expected at most 8 times");
  return steps;
}

namespace {

// "2x", "1.5x"
std::optional<double> factor(std::string_view text) {
  if (text.size() < 2 || to_lower(text.substr(text.size() - 1)) != "x") return std::nullopt;
  text.remove_suffix(1);
  const auto point = text.find('.');
  const auto whole = digits(text.substr(0, point));
  if (!whole || *whole < 1 || *whole > 10)
    throw BadValue("a factor is a number from 1x to 10x, such as 1.5x");
  if (point == std::string_view::npos) return static_cast<double>(*whole);
  const auto places = text.substr(point + 1);
  const auto part = digits(places);
  if (!part || places.size() > 3) throw BadValue("a factor is a number from 1x to 10x, such as 1.5x");
  double unit = 1;
  for (std::size_t i = 0; i < places.size(); ++i) unit /= 10;
  return std::min(10.0, static_cast<double>(*whole) + static_cast<double>(*part) * unit);
}

}  // namespace

BackOff parse_back_off(std::string_view text) {
  constexpr unsigned longest_in_firsts = 30;
  const BadValue wanted(
      "expected first pause, factor, longest pause and chance, such as 1m, 1.5x, 10m, 100%");
  const auto parts = split(text, ',');
  BackOff back_off;
  back_off.first = parse_duration(trim(parts.front()));
  if (back_off.first < std::chrono::seconds(1)) throw BadValue("expected a first pause of at least 1s");
  std::optional<double> grows;
  std::optional<std::chrono::seconds> longest;
  bool has_jitter = false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto part = trim(parts[i]);
    if (part.ends_with('%')) {
      if (std::exchange(has_jitter, true)) throw wanted;
      back_off.jitter = static_cast<unsigned>(parse_number(trim(part.substr(0, part.size() - 1)), 0, 100));
    } else if (const auto times = factor(part)) {
      if (grows || longest || has_jitter) throw wanted;
      grows = times;
    } else {
      if (longest || has_jitter) throw wanted;
      longest = parse_duration(part);
    }
  }
  back_off.factor = grows.value_or(longest ? 2 : 1);
  back_off.longest = longest.value_or(grows ? back_off.first * longest_in_firsts : back_off.first);
  if (back_off.longest < back_off.first) throw BadValue("the longest pause is shorter than the first");
  return back_off;
}

std::string to_text(std::chrono::seconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  auto left = duration.count();
  for (const auto& unit : units) {
    if (left / unit.seconds == 0) continue;
    text += std::to_string(left / unit.seconds) + unit.letter;
    left %= unit.seconds;
  }
  return text;
}

bool parse_flag(std::string_view text) {
  for (const auto* yes : {"yes", "on", "true", "1"}) {
    if (equal_no_case(text, yes)) return true;
  }
  for (const auto* no : {"no", "off", "false", "0"}) {
    if (equal_no_case(text, no)) return false;
  }
  throw BadValue("expected yes or no");
}

unsigned long parse_number(std::string_view text, unsigned long least, unsigned long greatest) {
  const auto number = digits(text);
  if (!number || *number < least || *number > greatest) {
    throw BadValue("expected a number from " + std::to_string(least) + " to " + std::to_string(greatest));
  }
  return *number;
}

std::uint64_t parse_size(std::string_view text) {
  const auto digits = text.find_first_not_of("0123456789");
  const auto unit = digits == std::string_view::npos ? std::string() : to_upper(text.substr(digits));
  const auto place = std::string_view("BKMG").find(unit);
  if (unit.size() != 1 || place == std::string_view::npos)
    throw BadValue("expected a size with its unit, such as 500K, 10M or 1G");
  constexpr unsigned long most = (std::uint64_t{1} << 33) - 1;
  return std::uint64_t{parse_number(text.substr(0, digits), 1, most)} << (10 * place);
}

std::string size_text(std::uint64_t bytes) {
  std::size_t place = 0;
  while (place < 3 && bytes > 0 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++place;
  }
  return std::to_string(bytes) + "BKMG"[place];
}

unsigned parse_speed(std::string_view text) {
  const auto number = digits(text);
  if (!number || *number == 0 || std::find(speeds.begin(), speeds.end(), *number) == speeds.end()) {
    std::string known;
    for (const auto speed : speeds) known += (known.empty() ? "" : ", ") + std::to_string(speed);
    throw BadValue("expected a speed in bits per second that serial ports know: " + known);
  }
  return static_cast<unsigned>(*number);
}

HostPort parse_host_port(std::string_view text) {
  const BadValue wanted("expected HOST:PORT, for example hub.example:2666 or [::1]:2666");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) throw wanted;
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    throw BadValue("an IPv6 address stands in brackets: [::1]:2666");
  }
  if (host.find_first_of(" \t[]/") != std::string_view::npos) throw wanted;
  const auto port = digits(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) throw wanted;
  return {std::string(host), std::to_string(*port)};
}

std::string parse_post_office_name(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() != 2) throw BadValue("expected NETWORK/POSTOFFICE, for example NORTH/CLINIC");
  for (const auto& part : parts) {
    const bool good = std::all_of(part.begin(), part.end(),
                                  [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
    if (part.empty() || !good || !is_alphanumeric(part.front())) {
      throw BadValue(
          "a network or post office has letters, digits, '-' and '_', and starts with a letter or digit");
    }
    if (part.size() > 64) throw BadValue("a network or post office has at most 64 characters");
  }
  return to_upper(text);
}

std::string parse_group_name(std::string_view text) {
  constexpr std::string_view ends = "abcdefghijklmnopqrstuvwxyz0123456789";
  const auto name = to_lower(text);
  const bool good = !name.empty() && name.size() <= 64 && ends.find(name.front()) != std::string_view::npos &&
                    ends.find(name.back()) != std::string_view::npos &&
                    name.find("..") == std::string::npos &&
                    name.find_first_not_of(std::string(ends) + "-_.") == std::string::npos;
  if (!good)
    throw BadValue("a group has a name of 1 to 64 letters, digits, '-', '_' and '.', as a mailbox has");
  return to_upper(name);
}

std::string parse_instance_name(std::string_view text) {
  const bool good = std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
  });
  if (text.empty() || text.size() > 64 || !good) {
    throw BadValue("an instance has a name of 1 to 64 letters, digits, '-', '_' and '.'");
  }
  return std::string(text);
}

}  // namespace external::config
