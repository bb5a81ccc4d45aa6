#include "utf8.h"

#include <external/postoffice/header.h>
#include <external/postoffice/route.h>
#include <external/postoffice/trace.h>

#include <ctime>

namespace external::postoffice {

namespace {

std::string mail_form(std::string_view address, const AddressBook& book) {
  const auto mail = mail_of(address, book);
  // Whatever another post office wrote must not become a header of its own.
  return mail.empty() ? printable(address) : mail;
}

/// Without its type; empty if it was sent to the mailbox by its own name.
std::string original_address(const Trace& trace, const AddressBook& book) {
  const auto original = one_line(trace.original.substr(trace.original.find(';') + 1));
  return mail_of(original, book) == mail_of(trace.recipient, book) ? std::string() : original;
}

std::string domain_form(std::string_view office) {
  try {
    return mail_domain(parse_office(office));
  } catch (const BadAddress&) {
    return printable(office);
  }
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

std::string trace_headers(const Trace& trace, std::string_view start, const AddressBook& book) {
  const std::string end = uses_crlf(start) ? "\r\n" : "\n";
  std::string text =
      "Return-Path: <" + (trace.sender.empty() ? "" : mail_form(trace.sender, book)) + ">" + end;
  const auto recipient = mail_of(trace.recipient, book);
  text += "Delivered-To: " + recipient + end;
  if (const auto original = original_address(trace, book); !original.empty())
    text += "X-Original-To: " + original + end;
  text += "Received: ";
  if (const auto from = last_office(trace.hops); !from.empty()) text += "from " + domain_form(from) + " ";
  text += "by " + mail_domain(trace.recipient.office()) + " (External) id " + printable(trace.key) + end;
  if (trace.hops.size() > 1) {
    std::string way;
    for (const auto& hop : trace.hops) way += (way.empty() ? "" : ", ") + printable(hop);
    text += "\t(by way of " + way + ")" + end;
  }
  text += "\tfor <" + recipient + ">; " + mail_date(trace.time) + end;
  return text;
}

}  // namespace external::postoffice
