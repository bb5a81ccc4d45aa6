#include <external/engine/traffic.h>

#include <ctime>

namespace external::engine {

namespace {

using mailqueue::Traffic;
using Span = TrafficReport::Span;

void add(Span& sum, const Traffic& count) {
  sum.sent.messages += count.sent;
  sum.sent.bytes += count.sent_bytes;
  sum.received.messages += count.received;
  sum.received.bytes += count.received_bytes;
}

void subtract(Span& sum, const Traffic& count) {
  sum.sent.messages -= count.sent;
  sum.sent.bytes -= count.sent_bytes;
  sum.received.messages -= count.received;
  sum.received.bytes -= count.received_bytes;
}

}  // namespace

std::vector<TrafficReport> sum_up(const std::vector<Traffic>& counted, const std::vector<Traffic>& before,
                                  WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::map<std::string, TrafficReport> reports;
  for (const auto& count : counted) {
    auto& report = reports[count.post_office];
    const bool this_year = count.year == local.tm_year + 1900;
    add(report.session, count);
    if (this_year) add(report.year, count);
    if (this_year && static_cast<int>(count.month) == local.tm_mon + 1) add(report.month, count);
  }
  for (const auto& count : before) subtract(reports[count.post_office].session, count);
  std::vector<TrafficReport> all;
  for (auto& [name, report] : reports) {
    report.post_office = name;
    all.push_back(std::move(report));
  }
  return all;
}

}  // namespace external::engine
