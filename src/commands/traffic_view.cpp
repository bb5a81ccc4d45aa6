#include "traffic_view.h"

#include "table.h"

#include <external/base/text.h>

namespace external::commands {

namespace {

control::MailCount count(const engine::MailCount& from) {
  return {from.messages, from.bytes};
}

control::TrafficSpan span(const engine::TrafficReport::Span& from) {
  return {count(from.sent), count(from.received)};
}

}  // namespace

std::vector<control::TrafficStatus> traffic_status(const std::vector<engine::TrafficReport>& reports) {
  std::vector<control::TrafficStatus> all;
  for (const auto& report : reports)
    all.push_back({report.post_office, span(report.session), span(report.month), span(report.year)});
  return all;
}

std::string traffic_table(const std::vector<control::TrafficStatus>& traffic) {
  Table table({"POST OFFICE", "SENT: SESSION", "MTD", "YTD", "RECEIVED: SESSION", "MTD", "YTD"});
  for (const auto& one : traffic) {
    const auto number = [](const control::MailCount& count) { return with_commas(count.messages); };
    table.add({visible(one.post_office), number(one.session.sent), number(one.month.sent),
               number(one.year.sent), number(one.session.received), number(one.month.received),
               number(one.year.received)});
  }
  return table.empty() ? "" : table.text();
}

}  // namespace external::commands
