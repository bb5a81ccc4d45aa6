#include "standing.h"

#include <external/base/text.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace external::commands {

namespace {

constexpr std::size_t most_named_lines = 4;
constexpr auto grace = std::chrono::seconds(15);  // beside the time the modems may take

std::string named(const engine::LineReport& line) {
  const auto state = fmt::format("{} {}", line.instance, engine::name_of(line.state));
  return line.peer.empty() ? state : state + " to " + line.peer;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string lines(const std::vector<engine::LineReport>& reports) {
  if (reports.empty()) return "No lines";
  std::vector<std::string> parts;
  if (reports.size() <= most_named_lines) {
    for (const auto& line : reports) parts.push_back(named(line));
    return joined(parts);
  }
  std::map<std::string_view, std::size_t> states;
  for (const auto& line : reports) ++states[engine::name_of(line.state)];
  for (const auto& [state, count] : states) parts.push_back(fmt::format("{} {}", count, state));
  return fmt::format("{} lines: {}", reports.size(), joined(parts));
}

std::string mail(const engine::Report& report) {
  std::uint64_t messages = 0;
  for (const auto& queue : report.queue) messages += queue.messages;
  if (messages == 0) return "nothing waits";
  return messages == 1 ? "1 message waits" : with_commas(messages) + " messages wait";
}

/// Required, and not at its work.
std::string awaited(const engine::Report& report, const config::Settings& settings) {
  std::vector<std::string> parts;
  for (const auto& line : report.lines) {
    const auto* instance = settings.find_instance(line.instance);
    const bool missing = engine::is_waiting(line.state) || line.state == engine::LineState::initialising ||
                         line.state == engine::LineState::stopped;
    if (instance != nullptr && instance->required && missing) parts.push_back(named(line));
  }
  return joined(parts);
}

}  // namespace

std::string standing_sentence(const engine::Report& report, const config::Settings& settings, Phase phase) {
  std::string text;
  if (phase == Phase::stopping) text = "Hanging up: ";
  if (phase == Phase::starting) {
    const auto missing = awaited(report, settings);
    text = missing.empty() ? "Starting: " : "Waiting for what is Required: " + missing + "; all: ";
  }
  if (report.disk.full) text += "The disk is full, no mail is taken; ";
  return text + lines(report.lines) + "; " + mail(report) + ".";
}

std::chrono::seconds longest_stop(const config::Settings& settings) {
  std::chrono::seconds longest{};
  for (const auto& instance : settings.instances) longest = std::max(longest, instance.stop_timeout);
  return longest + grace;
}

}  // namespace external::commands
