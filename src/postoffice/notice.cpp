#include "random.h"
#include "utf8.h"

#include <external/base/text.h>
#include <external/postoffice/header.h>
#include <external/postoffice/notice.h>
#include <external/postoffice/submit.h>
#include <external/postoffice/trace.h>

#include <cstdio>
#include <ctime>

namespace external::postoffice {

namespace {

struct Wording {
  const char* text;
  const char* status;  // of RFC 3463
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

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : separator) + printable(part);
  return text;
}

// The network in a column of its own: "SOUTH     /HUB".
std::string in_columns(std::string_view office) {
  const auto slash = office.find('/');
  if (slash == std::string_view::npos) return printable(office);
  std::string network = printable(office.substr(0, slash));
  if (network.size() < 10) network.resize(10, ' ');
  return network + "/" + printable(office.substr(slash + 1));
}

std::string formatted(WallTime time, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

Address notice_recipient(const AddressBook& book, const std::string& sender) {
  try {
    return parse_address(sender, book);
  } catch (const BadAddress&) {
    return parse_address("POSTMASTER", book);
  }
}

std::string mail_form(const AddressBook& book, const std::string& address) {
  try {
    return parse_address(address, book).mail();
  } catch (const BadAddress&) {
    return printable(address);
  }
}

class Composer {
 public:
  Composer(const AddressBook& book, const mailqueue::Envelope& original, std::string_view start,
           const Failure& failure, WallTime now)
      : book_(book), original_(original), start_(start), failure_(failure), now_(now) {}

  Notice compose() {
    const Address to = notice_recipient(book_, original_.sender);
    Notice notice;
    notice.envelope.key = new_key(book_.home, now_);
    notice.envelope.recipients = {{to.text(), to.office()}};
    notice.envelope.accepted = now_;
    notice.before = header(to, notice.envelope.key) + explanation() + status() + introduction();
    notice.after = "\n--" + boundary_ + "--\n";
    return notice;
  }

 private:
  std::string header(const Address& to, const std::string& key) const {
    const auto domain = mail_domain(book_.home);
    return "From: POSTMASTER <postmaster@" + domain + ">\n" +                       //
           "To: <" + to.mail() + ">\n" +                                            //
           "Subject: Mail failure\n" +                                              //
           "Date: " + mail_date(now_) + "\n" +                                      //
           "Message-ID: <" + key.substr(0, key.find('@')) + "@" + domain + ">\n" +  //
           "Auto-Submitted: auto-replied\n" +                                       //
           "MIME-Version: 1.0\n" +                                                  //
           "Content-Type: multipart/report; report-type=delivery-status;\n" + "\tboundary=\"" + boundary_ +
           "\"\n\n";
  }

  std::string explanation() const {
    std::string text = part("text/plain; charset=utf-8", "8bit");
    text += "FROM:    " + printable(original_.sender) + "\n";
    text += "TO:      " + joined(failure_.recipients, "\n         ") + "\n";
    text += "DATE:    " + formatted(original_.accepted, "%m-%d-%Y") + "\n";
    text += "TIME:    " + formatted(original_.accepted, "%H:%M UTC") + "\n";
    text += "SUBJECT: " + header_field(start_, "Subject") + "\n";
    text += std::string(72, '-') + "\n";
    for (const auto& line : report_lines(failure_)) text += line + "\n";
    return text + "\n";
  }

  std::string status() const {
    std::string text = part("message/delivery-status", "8bit");
    text += "Reporting-MTA: dns; " + mail_domain(book_.home) + "\n";
    text += "Arrival-Date: " + mail_date(original_.accepted) + "\n";
    for (const auto& recipient : failure_.recipients) {
      text += "\nFinal-Recipient: rfc822; " + mail_form(book_, recipient) + "\n";
      text += "Action: failed\n";
      text += std::string("Status: ") + wording(failure_.report).status + "\n";
      text += "Diagnostic-Code: x-external; " + report_line(failure_) + "\n";
    }
    return text + "\n";
  }

  // The original follows as it is, so nothing is promised about its lines or characters.
  std::string introduction() const { return part("message/rfc822", "binary"); }

  std::string part(const std::string& type, const std::string& encoding) const {
    return "--" + boundary_ + "\nContent-Type: " + type + "\nContent-Transfer-Encoding: " + encoding + "\n\n";
  }

  const AddressBook& book_;
  const mailqueue::Envelope& original_;
  std::string_view start_;
  const Failure& failure_;
  WallTime now_;
  // Random, so that no original can hold it.
  std::string boundary_ = "=_" + random_name();
};

}  // namespace

std::vector<std::string> report_lines(const Failure& failure) {
  std::vector<std::string> lines{first_line(failure.report)};
  const auto continues = continuation(failure.report);
  if (continues == Continues::with_post_office) lines.push_back(in_columns(failure.post_office));
  if (continues == Continues::with_route) {
    for (const auto& hop : failure.route) lines.push_back("  " + printable(hop));
    lines.emplace_back("while attempting to send to the following addresses:");
  } else {
    lines.emplace_back("Mail item was not delivered to:");
  }
  for (const auto& recipient : failure.recipients) lines.push_back("  " + printable(recipient));
  if (!failure.detail.empty()) lines.push_back("Last error: " + printable(failure.detail));
  return lines;
}

std::string report_line(const Failure& failure) {
  std::string line = first_line(failure.report);
  const auto continues = continuation(failure.report);
  if (continues == Continues::with_post_office) line += " " + printable(failure.post_office);
  if (continues == Continues::with_route) line += " " + joined(failure.route, ", ");
  if (!failure.detail.empty()) line += " (" + printable(failure.detail) + ")";
  return line;
}

Notice make_notice(const AddressBook& book, const mailqueue::Envelope& original, std::string_view start,
                   const Failure& failure, WallTime now) {
  return Composer(book, original, start, failure, now).compose();
}

}  // namespace external::postoffice
