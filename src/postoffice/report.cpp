#include "utf8.h"

#include <external/postoffice/report.h>

#include <algorithm>
#include <cstdio>

namespace external::postoffice {

namespace {

struct Wording {
  const char* text;
  const char* status;
};

Wording wording(Report report) {
  switch (report) {
    case Report::unable_to_deliver:
      return {"unable to deliver", "5.4.4"};
    case Report::unknown_address:
      return {"Mail was received that was addressed to unknown addresses.", "5.1.1"};
    case Report::hop_count_exceeded:
      return {"Message hop count exceeded. Message followed the following route:", "5.4.6"};
    case Report::circular_route:
      return {"Message circular route detected. Message followed the following route:", "5.4.6"};
    case Report::retry_count_exceeded:
      return {"Mail retry count exceeded sending to:", "5.4.7"};
    case Report::useful_life_exceeded:
      return {"Useful life exceeded sending to:", "5.4.7"};
    case Report::too_large:
      return {"Mail maximum size exceeded sending to:", "5.3.4"};
    case Report::corrupt:
      return {"This corrupt message cannot be delivered. Contact your administrator.", "5.6.0"};
  }
  return {"unable to deliver", "5.0.0"};
}

std::string first_line(Report report) {
  char number[8];
  std::snprintf(number, sizeof number, "[%03u] ", static_cast<unsigned>(report));
  return std::string(number) + wording(report).text;
}

// What the first line of the report announces with its colon.
enum class Continues { no, with_post_office, with_route };

Continues continuation(Report report) {
  switch (report) {
    case Report::retry_count_exceeded:
    case Report::useful_life_exceeded:
    case Report::too_large:
      return Continues::with_post_office;
    case Report::hop_count_exceeded:
    case Report::circular_route:
      return Continues::with_route;
    default:
      return Continues::no;
  }
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + printable(part);
  return text;
}

std::vector<std::string> post_offices(const Failure& failure) {
  if (!failure.post_office.empty()) return {failure.post_office};
  return offices_of(failure.recipients);
}

}  // namespace

std::string_view office_of(std::string_view address) {
  const auto last = address.rfind('/');
  if (last == std::string_view::npos || address.find('/') == last) return {};
  return address.substr(0, last);
}

std::string in_columns(std::string_view office) {
  const auto slash = office.find('/');
  if (slash == std::string_view::npos) return printable(office);
  std::string network = printable(office.substr(0, slash));
  if (network.size() < 10) network.resize(10, ' ');
  return network + "/" + printable(office.substr(slash + 1));
}

std::vector<std::string> offices_of(const std::vector<std::string>& addresses) {
  std::vector<std::string> offices;
  for (const auto& address : addresses) {
    const auto office = office_of(address);
    if (!office.empty() && std::find(offices.begin(), offices.end(), office) == offices.end())
      offices.emplace_back(office);
  }
  return offices;
}

std::string_view status_code(Report report) {
  return wording(report).status;
}

std::vector<std::string> report_lines(const Failure& failure) {
  std::vector<std::string> lines{first_line(failure.report)};
  const auto continues = continuation(failure.report);
  if (continues == Continues::with_post_office) {
    for (const auto& office : post_offices(failure)) lines.push_back(in_columns(office));
  }
  if (continues == Continues::with_route) {
    for (const auto& hop : failure.route) lines.push_back("  " + printable(hop));
    lines.emplace_back("while attempting to send to the following addresses:");
  } else {
    lines.emplace_back("Mail item was not delivered to:");
  }
  for (const auto& recipient : failure.recipients) {
    const auto reply = failure.replies.find(recipient);
    const bool tell = reply != failure.replies.end() && reply->second.text != failure.detail;
    lines.push_back("  " + printable(recipient) + (tell ? ": " + printable(reply->second.text) : ""));
  }
  if (!failure.detail.empty()) lines.push_back("Last error: " + printable(failure.detail));
  return lines;
}

std::string report_line(const Failure& failure) {
  std::string line = first_line(failure.report);
  const auto continues = continuation(failure.report);
  if (continues == Continues::with_post_office) line += " " + joined(post_offices(failure));
  if (continues == Continues::with_route) line += " " + joined(failure.route);
  if (!failure.detail.empty()) line += " (" + printable(failure.detail) + ")";
  return line;
}

}  // namespace external::postoffice
