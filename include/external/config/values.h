#pragma once
// The kinds of values that settings have.

#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
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

/// "4h, 1d, 3d": rising durations, each at least a minute, at most 8; "0": none.
std::vector<std::chrono::seconds> parse_steps(std::string_view text);

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
  std::chrono::minutes from{};                ///< since midnight, 0 to 1439
  std::chrono::minutes to{};                  ///< since midnight, 0 to 1440
  std::bitset<7> days = std::bitset<7>(127);  ///< on which it begins, Sunday first

  bool operator==(const TimeWindow&) const = default;
};

/// "Mon-Fri 01:00-05:00, Sat,Sun 12:00-18:00, 22:00-06:00": days hold for the time that follows them; without
/// any it is every day.
std::vector<TimeWindow> parse_windows(std::string_view text);

/// How much mail has to wait before a call is made for it: what comes first.
struct CallWhen {
  std::optional<std::uint64_t> messages;
  std::optional<std::uint64_t> bytes;
  std::optional<std::chrono::seconds> waiting;  ///< of the oldest

  bool operator==(const CallWhen&) const = default;
};

/// "5 messages, 100 KB, 30m", each at most once.
CallWhen parse_call_when(std::string_view text);

/// "23:00" or "23:00:30", since midnight; a colon before it was usual once (-BT:23:00).
std::chrono::seconds parse_time_of_day(std::string_view text);

/// "2026-12-31"
std::chrono::year_month_day parse_date(std::string_view text);

/// A duration as parse_duration() has it, or "dd:hh:mm", or "P1DT2H30M" of ISO 8601.
std::chrono::seconds parse_break_relative(std::string_view text);

/// "yes", "on", "true", "1" or "no", "off", "false", "0", in any case.
bool parse_flag(std::string_view text);

/// Decimal digits, within the limits.
unsigned long parse_number(std::string_view text, unsigned long least, unsigned long greatest);

/// "500K", "10M", "2G", "100B": bytes, in units of 1024; at least 1 byte, at most 8388607G.
std::uint64_t parse_size(std::string_view text);

/// 10485760 -> "10M".
std::string size_text(std::uint64_t bytes);

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

/// "sales" -> "SALES", a name of a group: that of a mailbox, of 1 to 64 letters, digits, '-', '_' and '.',
/// with a letter or digit at both ends and no two dots in a row.
std::string parse_group_name(std::string_view text);

/// A name of an instance: 1 to 64 letters, digits, '-', '_' and '.', kept as written.
std::string parse_instance_name(std::string_view text);

}  // namespace external::config
