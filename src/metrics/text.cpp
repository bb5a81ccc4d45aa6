#include <external/metrics/text.h>

#include <fmt/format.h>

#include <cmath>

namespace external::metrics {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// The length of the character of UTF-8 that begins `text`; 0 if there is none.
std::size_t character(std::string_view text) {
  const auto at = [&](std::size_t place) { return static_cast<unsigned char>(text[place]); };
  const auto first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const auto second = at(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || no_character ? 0 : length;
}

/// As label values are written between quotes; HELP needs no quotes, and does not mind them.
std::string escaped(std::string_view text, bool quotes) {
  std::string result;
  while (!text.empty()) {
    const auto length = character(text);
    const char first = text.front();
    if (length == 0) {
      result += replacement;
    } else if (first == '\\') {
      result += "\\\\";
    } else if (first == '\n') {
      result += "\\n";
    } else if (first == '"' && quotes) {
      result += "\\\"";
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

void Text::family(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, false), name,
                       kind == Kind::counter ? "counter" : "gauge");
}

void Text::sample(const std::vector<Label>& labels, double value) {
  put(labels, number(value));
}

void Text::sample(const std::vector<Label>& labels, std::uint64_t value) {
  put(labels, fmt::format("{}", value));
}

void Text::put(const std::vector<Label>& labels, std::string_view number) {
  text_ += name_;
  std::string_view before = "{";
  for (const auto& label : labels) {
    text_ += fmt::format("{}{}=\"{}\"", before, label.name, escaped(label.value, true));
    before = ",";
  }
  text_ += fmt::format("{} {}\n", labels.empty() ? "" : "}", number);
}

}  // namespace external::metrics
