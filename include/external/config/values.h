#pragma once
// The kinds of values that settings have.

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace external::config {

/// A text that is no value of the kind wanted; what() says what would be. It never repeats the text.
class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "5s", "30m", "1h30m", "2d": numbers, each with a unit, greatest unit first; at most 366 days.
std::chrono::seconds parse_duration(std::string_view text);

/// 5400 s -> "1h30m".
std::string to_text(std::chrono::seconds duration);

/// How the pause between attempts grows: `first`, `factor` times as long with each further one, up to
/// `longest`.
struct BackOff {
  std::chrono::seconds first{};    ///< at least 1 s
  double factor = 1;               ///< 1 to 10
  std::chrono::seconds longest{};  ///< not less than `first`
  unsigned jitter = 100;           ///< percent of the pause that chance may add, 0 to 100

  bool operator==(const BackOff&) const = default;
};

/// "1m, 1.5x, 10m, 100%": the first pause, then any of factor (2x if only `longest` is given), longest (the
/// first alone: always that; with a factor: 30 times as long) and jitter.
BackOff parse_back_off(std::string_view text);

/// Times of day, local time. `from` belongs to the window, `to` does not. A window whose end is before its
/// start goes on past midnight.
struct TimeWindow {
  std::chrono::minutes from{};  ///< since midnight, 0 to 1439
  std::chrono::minutes to{};    ///< since midnight, 0 to 1440

  bool contains(std::chrono::minutes since_midnight) const;
  bool operator==(const TimeWindow&) const = default;
};

/// "01:00-05:00, 12:00-12:30"
std::vector<TimeWindow> parse_windows(std::string_view text);

/// "yes", "on", "true", "1" or "no", "off", "false", "0", in any case.
bool parse_flag(std::string_view text);

/// Decimal digits, within the limits.
unsigned long parse_number(std::string_view text, unsigned long least, unsigned long greatest);

/// A speed in bits per second that serial ports of Linux know: 300 to 4000000.
unsigned parse_speed(std::string_view text);

struct HostPort {
  std::string host;  ///< name or address, IPv6 without brackets; empty where `:port` alone was given
  std::string port;  ///< 1 to 65535

  bool operator==(const HostPort&) const = default;
};

/// "host:port", "[::1]:port", ":port".
HostPort parse_host_port(std::string_view text);

/// "north/clinic" -> "NORTH/CLINIC". Letters, digits, '-' and '_', at most 64 in each part.
std::string parse_post_office_name(std::string_view text);

/// A name of an instance: 1 to 64 letters, digits, '-', '_' and '.', kept as written.
std::string parse_instance_name(std::string_view text);

}  // namespace external::config
