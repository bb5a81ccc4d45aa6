#include "utf8.h"

#include <external/postoffice/header.h>
#include <external/postoffice/route.h>
#include <external/postoffice/trace.h>

#include <ctime>

namespace external::postoffice {

namespace {

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

std::string internet_address(std::string_view address, const AddressBook& book) {
  const auto mail = mail_of(address, book);
  return mail.empty() ? printable(address) : mail;
}

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
  const auto recipient = mail_of(trace.recipient, book);
  std::string text = "Return-Path: <" + internet_address(trace.sender, book) + ">" + end;
  text += "Delivered-To: " + recipient + end;
  if (const auto original = original_address(trace, book); !original.empty())
    text += "X-Original-To: " + original + end;
  return text + received(trace.recipient.office(), trace.key, trace.hops, recipient, trace.time, end);
}

std::string received_header(std::string_view office, std::string_view key,
                            const std::vector<std::string>& hops, std::string_view whom, WallTime time) {
  return received(office, key, hops, whom, time, "\n");
}

}  // namespace external::postoffice
