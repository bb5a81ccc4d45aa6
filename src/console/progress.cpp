#include <external/base/text.h>
#include <external/console/progress.h>

#include <cstdio>

namespace external::console {

namespace {

constexpr std::size_t narrowest_bar = 12;
constexpr std::size_t widest_bar = 32;

std::string counted(std::uint64_t done, std::uint64_t total, const char* unit) {
  const std::string of = total > 0 ? "/" + with_commas(total) : "";
  return with_commas(done) + of + " " + unit;
}

std::string minutes(std::uint64_t seconds) {
  char text[40];
  std::snprintf(text, sizeof text, "%llu:%02u", static_cast<unsigned long long>(seconds / 60),
                static_cast<unsigned>(seconds % 60));
  return text;
}

// The most useful first.
std::vector<std::string> parts_of(const Progress& progress) {
  std::vector<std::string> parts{counted(progress.messages_done, progress.messages_total, "messages"),
                                 counted(progress.bytes_done, progress.bytes_total, "bytes")};
  const std::uint64_t rate = bytes_per_second(progress);
  if (rate == 0) return parts;
  if (progress.bytes_total > progress.bytes_done) {
    const std::uint64_t left = progress.bytes_total - progress.bytes_done;
    parts.push_back(minutes((left + rate - 1) / rate) + " left");
  }
  if (progress.with_rate) parts.push_back(with_commas(rate) + " bytes/s");
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : "  ") + part;
  return text;
}

std::string bar(const Progress& progress, std::size_t width) {
  const std::size_t inside = width - 2;
  const double share =
      std::min(1.0, static_cast<double>(progress.bytes_done) / static_cast<double>(progress.bytes_total));
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(inside));
  return "[" + std::string(filled, '#') + std::string(inside - filled, '.') + "]";
}

}  // namespace

std::uint64_t bytes_per_second(const Progress& progress) {
  const auto seconds = progress.elapsed.count();
  return seconds > 0 ? progress.bytes_done / static_cast<std::uint64_t>(seconds) : 0;
}

std::string progress_text(const Progress& progress, std::size_t width) {
  const bool has_bar = progress.bytes_total > 0 && width >= narrowest_bar;
  const std::size_t reserved = has_bar ? narrowest_bar + 1 : 0;
  auto parts = parts_of(progress);
  while (!parts.empty() && reserved + joined(parts).size() > width) parts.pop_back();
  const std::string text = joined(parts);
  if (!has_bar) return text;
  if (text.empty()) return bar(progress, std::min(width, widest_bar));
  return bar(progress, std::min(width - text.size() - 1, widest_bar)) + " " + text;
}

}  // namespace external::console
