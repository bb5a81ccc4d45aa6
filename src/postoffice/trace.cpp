#include "utf8.h"

#include <external/postoffice/header.h>
#include <external/postoffice/route.h>
#include <external/postoffice/trace.h>

#include <ctime>

namespace external::postoffice {

namespace {

std::string mail_form(std::string_view address) {
  try {
    return parse_address(address, {}).mail();
  } catch (const BadAddress&) {
    // Whatever another post office wrote must not become a header of its own.
    return printable(address);
  }
}

std::string domain_form(std::string_view office) {
  try {
    return mail_domain(parse_office(office));
  } catch (const BadAddress&) {
    return printable(office);
  }
}

std::string received(std::string_view office, std::string_view key, const std::vector<std::string>& hops,
                     std::string_view whom, WallTime time, const std::string& end) {
  std::string text = "Received: ";
  if (const auto from = last_office(hops); !from.empty()) text += "from " + domain_form(from) + " ";
  text += "by " + mail_domain(office) + " (External) id " + printable(key) + end;
  if (hops.size() > 1) {
    std::string way;
    for (const auto& hop : hops) way += (way.empty() ? "" : ", ") + printable(hop);
    text += "\t(by way of " + way + ")" + end;
  }
  if (whom.empty())
    return text.substr(0, text.size() - end.size()) + ";" + end + "\t" + mail_date(time) + end;
  return text + "\tfor <" + printable(whom) + ">; " + mail_date(time) + end;
}

}  // namespace

std::string mail_date(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "%s, %d %s %d %02d:%02d:%02d +0000", days[parts.tm_wday], parts.tm_mday,
                months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

std::string trace_headers(const Trace& trace, std::string_view start) {
  const std::string end = uses_crlf(start) ? "\r\n" : "\n";
  return "Return-Path: <" + (trace.sender.empty() ? "" : mail_form(trace.sender)) + ">" + end +
         "Delivered-To: " + trace.recipient.mail() + end +
         received(trace.recipient.office(), trace.key, trace.hops, trace.recipient.mail(), trace.time, end);
}

std::string received_header(std::string_view office, std::string_view key,
                            const std::vector<std::string>& hops, std::string_view whom, WallTime time) {
  return received(office, key, hops, whom, time, "\n");
}

}  // namespace external::postoffice
