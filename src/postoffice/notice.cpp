#include "delivery_status.h"
#include "random.h"
#include "utf8.h"

#include <external/base/text.h>
#include <external/postoffice/header.h>
#include <external/postoffice/notice.h>
#include <external/postoffice/route.h>
#include <external/postoffice/sender.h>
#include <external/postoffice/submit.h>
#include <external/postoffice/trace.h>

#include <algorithm>
#include <ctime>

namespace external::postoffice {

namespace {

std::string formatted(WallTime time, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

Address notice_recipient(const AddressBook& book, const std::string& sender) {
  return sender_address(sender, book).value_or(parse_address("POSTMASTER", book));
}

std::vector<std::string> addresses_of(const mailqueue::Envelope& envelope) {
  std::vector<std::string> addresses;
  for (const auto& recipient : envelope.recipients) addresses.push_back(recipient.address);
  return addresses;
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

// The last part of a notice: the header of the part, and what of the original is known already.
struct Enclosure {
  std::string type;  // empty: there is no such part
  Encoding encoding = Encoding::seven_bit;
  std::string start;  // before the original, or its header
};

bool begins_with_mbox_line(std::string_view start) {
  if (!start.starts_with("From ")) return false;
  const auto end = start.find('\n');
  return end != std::string_view::npos && has_header(start.substr(end + 1));
}

// A content without a header must not have its first lines taken for one.
bool needs_empty_line(std::string_view start) {
  if (start.empty() || start.front() == '\n' || start.starts_with("\r\n")) return false;
  return !has_header(start) && !begins_with_mbox_line(start);
}

bool is_internationalized(std::string_view header) {
  return !is_ascii(header) && is_utf8(header);
}

Enclosure whole(const Original& original) {
  const bool empty_line = needs_empty_line(original.start);
  const bool global = !empty_line && is_internationalized(header_of(original.start));
  return {global ? "message/global" : "message/rfc822", original.encoding, empty_line ? "\n" : ""};
}

Enclosure header_only(const Original& original) {
  if (original.start.empty() || needs_empty_line(original.start)) return {};
  const auto header = header_of(original.start);
  return {is_internationalized(header) ? "message/global-headers" : "text/rfc822-headers",
          encoding_of(header), std::string(header)};
}

// What is different from one kind of notice to another.
struct Matter {
  const char* subject = nullptr;
  std::vector<std::string> lines;  // for people
  DeliveryStatus status;
  bool whole = false;
};

class Composer {
 public:
  Composer(const AddressBook& book, const Original& original, const Matter& matter, WallTime now)
      : book_(book),
        original_(original),
        matter_(matter),
        now_(now),
        explanation_(explanation()),
        enclosure_(matter.whole ? whole(original) : header_only(original)) {}

  Notice compose() const {
    const Address to = notice_recipient(book_, original_.envelope.sender);
    Notice notice;
    notice.envelope.key = new_key(book_.home, now_);
    // A person reads notices where they arise; the line to the post office is slow.
    notice.envelope.recipients = {{to.text(), to.office() == book_.home ? book_.here() : to.office()}};
    notice.envelope.accepted = now_;
    notice.envelope.useful_life = notice_life;
    notice.whole = matter_.whole;
    notice.before = own_lines(header(to, notice.envelope.key) +
                              part("text/plain; charset=utf-8", encoding_of(explanation_)) + explanation_ +
                              part("message/delivery-status", Encoding::seven_bit) +
                              delivery_status(book_, original_.envelope, matter_.status) + "\n");
    if (!enclosure_.type.empty()) notice.before += own_lines(part(enclosure_.type, enclosure_.encoding));
    notice.before += matter_.whole ? own_lines(enclosure_.start) : enclosure_.start;
    notice.after = own_lines("\n--" + boundary_ + "--\n");
    return notice;
  }

 private:
  std::string header(const Address& to, const std::string& key) const {
    const auto domain = book_.domain_of(book_.home);
    const auto about = header_field(original_.start, "Message-ID");
    std::string text = "From: POSTMASTER <postmaster@" + domain + ">\n" +  //
                       "To: <" + mail_of(to, book_) + ">\n" +              //
                       "Subject: " + matter_.subject + "\n" +              //
                       "Date: " + mail_date(now_) + "\n" +                 //
                       "Message-ID: <" + key.substr(0, key.find('@')) + "@" + domain + ">\n";
    if (about.starts_with('<') && about.ends_with('>')) text += "References: " + one_ascii_line(about) + "\n";
    const auto encoding = std::max(encoding_of(explanation_), enclosure_.encoding);
    return text + "Auto-Submitted: auto-replied\n" +  //
           "MIME-Version: 1.0\n" +                    //
           "Content-Transfer-Encoding: " + std::string(name(encoding)) + "\n" +
           "Content-Type: multipart/report; report-type=delivery-status;\n" + "\tboundary=\"" + boundary_ +
           "\"\n\n";
  }

  std::string explanation() const {
    std::string text = "FROM:    " + one_line(original_.envelope.sender) + "\n";
    const char* before = "TO:      ";
    for (const auto& recipient : original_.envelope.recipients) {
      text += before + one_line(recipient.address) + "\n";
      before = "         ";
    }
    text += "DATE:    " + formatted(original_.envelope.accepted, "%m-%d-%Y") + "\n";
    text += "TIME:    " + formatted(original_.envelope.accepted, "%H:%M UTC") + "\n";
    text += "SUBJECT: " + one_line(header_text(original_.start, "Subject")) + "\n";
    text += std::string(72, '-') + "\n";
    for (const auto& line : matter_.lines) text += one_line(line) + "\n";
    return text + "\n";
  }

  std::string part(const std::string& type, Encoding encoding) const {
    return "--" + boundary_ + "\nContent-Type: " + type +
           "\nContent-Transfer-Encoding: " + std::string(name(encoding)) + "\n\n";
  }

  // With line ends as the original has them, so that the whole is of one kind.
  std::string own_lines(const std::string& text) const {
    return uses_crlf(original_.start) ? with_crlf(text) : text;
  }

  const AddressBook& book_;
  const Original& original_;
  const Matter& matter_;
  WallTime now_;
  // Random, so that no original can hold it.
  std::string boundary_ = "=_" + random_name();
  std::string explanation_;
  Enclosure enclosure_;
};

void add_addresses(std::vector<std::string>& lines, const mailqueue::Envelope& envelope) {
  for (const auto& recipient : envelope.recipients) lines.push_back("  " + printable(recipient.address));
}

bool is_automatic(std::string_view start) {
  const auto type = to_lower(header_field(start, "Content-Type"));
  return type.starts_with("multipart/report") ||
         to_lower(header_field(start, "Auto-Submitted")).starts_with("auto-replied") ||
         header_field(start, "Subject") == "Mail failure";
}

bool all_here(const AddressBook& book, const mailqueue::Envelope& envelope) {
  return std::all_of(envelope.recipients.begin(), envelope.recipients.end(),
                     [&](const auto& recipient) { return office_in(recipient.destination) == book.home; });
}

}  // namespace

bool is_notice(const mailqueue::Envelope& envelope, std::string_view start) {
  if (envelope.sender.empty()) return true;
  auto mailbox = envelope.sender.substr(envelope.sender.rfind('/') + 1);
  mailbox = mailbox.substr(0, mailbox.find('@'));
  if (equal_no_case(mailbox, "MAILER-DAEMON")) return true;
  return equal_no_case(mailbox, "POSTMASTER") && is_automatic(start);
}

std::string in_words(std::chrono::seconds duration) {
  const auto count = [](long number, const char* unit) {
    return std::to_string(number) + " " + unit + (number == 1 ? "" : "s");
  };
  constexpr long minute = 60;
  constexpr long hour = 60 * minute;
  constexpr long day = 24 * hour;
  const long seconds = static_cast<long>(duration.count());
  if (seconds > day && seconds % day == 0) return count(seconds / day, "day");
  if (seconds >= hour && seconds % hour == 0) return count(seconds / hour, "hour");
  return count(seconds / minute, "minute");
}

Notice make_return(const AddressBook& book, const Original& original, const Failure& failure, WallTime now) {
  Matter matter;
  matter.subject = "Mail failure";
  matter.lines = report_lines(failure);
  matter.status = {
      Action::failed, std::string(status_code(failure.report)), report_line(failure), {}, failure.replies};
  matter.whole = !original.envelope.headers_only;
  return Composer(book, original, matter, now).compose();
}

Notice make_warning(const AddressBook& book, const Original& original, std::chrono::seconds waited,
                    std::string_view error, WallTime now) {
  const auto until = original.envelope.expires();
  Matter matter;
  matter.subject = "Mail delayed";
  matter.lines = {"Mail has been waiting for " + in_words(waited) + " to be sent to:"};
  for (const auto& office : offices_of(addresses_of(original.envelope)))
    matter.lines.push_back(in_columns(office));
  matter.lines.emplace_back("Mail item was not delivered yet to:");
  add_addresses(matter.lines, original.envelope);
  if (!error.empty()) matter.lines.push_back("Last error: " + printable(error));
  matter.lines.emplace_back("It need not be sent again: it goes as soon as that is possible.");
  if (until != WallTime::max())
    matter.lines.push_back("If it cannot be delivered until " + mail_date(until) + " it comes back.");
  matter.status = {
      Action::delayed, all_here(book, original.envelope) ? "4.3.0" : "4.4.1", std::string(error), {}, {}};
  if (until != WallTime::max()) matter.status.retry_until = until;
  return Composer(book, original, matter, now).compose();
}

Notice make_receipt(const AddressBook& book, const Original& original, Arrival arrival, WallTime now) {
  const bool relayed = arrival == Arrival::relayed;
  Matter matter;
  matter.subject = relayed ? "Mail relayed" : "Mail delivered";
  matter.lines = {relayed ? "Mail item was handed to another mail system, which tells nothing more, for:"
                          : "Mail item was delivered to:"};
  add_addresses(matter.lines, original.envelope);
  matter.lines.push_back("on " + mail_date(now) + ".");
  matter.status = {relayed ? Action::relayed : Action::delivered, "2.0.0", {}, {}, {}};
  return Composer(book, original, matter, now).compose();
}

}  // namespace external::postoffice
