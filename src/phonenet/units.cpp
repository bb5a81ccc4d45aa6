#include "units.h"

#include <charconv>
#include <cmath>
#include <stdexcept>

namespace external::phonenet {
namespace {

constexpr double most_seconds = 3600;
constexpr unsigned fastest = 100'000'000;

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<unsigned> parse_whole(std::string_view text) {
  return whole<unsigned>(text);
}

Duration parse_duration(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double factor = unit == "s"                  ? 1
                        : unit == "ms"               ? 1e-3
                        : unit == "us"               ? 1e-6
                        : unit.empty() && value == 0 ? 1
                                                     : 0;
  const double seconds = value * factor;
  if (error != std::errc() || factor == 0 || !(seconds >= 0 && seconds <= most_seconds)) {
    throw std::runtime_error("'" + text + "' is no time; write 50ms, 1.5s or 200us, at most 3600s");
  }
  return Duration(std::llround(seconds * 1e9));
}

unsigned parse_rate(const std::string& text) {
  const auto rate = parse_whole(text);
  if (!rate || *rate == 0 || *rate > fastest) {
    throw std::runtime_error("'" + text + "' is no rate; write bits per second, as 57600");
  }
  return *rate;
}

double parse_bit_error_rate(const std::string& text) {
  const auto rate = whole<double>(text);
  if (!rate || !(*rate >= 0 && *rate <= 1)) {
    throw std::runtime_error("'" + text + "' is no bit error rate; write a share from 0 to 1, as 1e-5");
  }
  return *rate;
}

}  // namespace external::phonenet
