#include "delivery_status.h"

#include "utf8.h"

#include <external/postoffice/report.h>
#include <external/postoffice/trace.h>

namespace external::postoffice {

namespace {

const char* word(Action action) {
  switch (action) {
    case Action::failed:
      return "failed";
    case Action::delayed:
      return "delayed";
    case Action::relayed:
      return "relayed";
    case Action::delivered:
      break;
  }
  return "delivered";
}

std::string field(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : std::string(name) + ": " + one_ascii_line(value) + "\n";
}

std::string mail_form(const AddressBook& book, const std::string& address) {
  try {
    return parse_address(address, book).mail();
  } catch (const BadAddress&) {
    return address;
  }
}

// With its type before it, as the sender should have given it.
std::string typed(const std::string& original) {
  if (original.empty() || original.find(';') != std::string::npos) return original;
  return "rfc822;" + original;
}

std::string remote(const AddressBook& book, const std::string& destination) {
  if (destination == book.home) return {};
  try {
    return "dns; " + mail_domain(parse_office(destination));
  } catch (const BadAddress&) {
    return {};
  }
}

bool has_arrived(Action action) {
  return action == Action::delivered || action == Action::relayed;
}

std::string recipient_fields(const AddressBook& book, const mailqueue::Recipient& recipient,
                             const DeliveryStatus& status) {
  const auto found = status.replies.find(recipient.address);
  const auto* reply = found == status.replies.end() ? nullptr : &found->second;
  const auto code = reply && !reply->status.empty() ? reply->status : status.status;
  std::string text = "\n" + field("Original-Recipient", typed(recipient.original)) +
                     field("Final-Recipient", "rfc822; " + mail_form(book, recipient.address)) +
                     field("Action", word(status.action)) + field("Status", code);
  if (reply) {
    text += reply->host.empty() ? std::string() : field("Remote-MTA", "dns; " + reply->host);
    text += field("Diagnostic-Code", "smtp; " + reply->text);
  } else {
    if (!has_arrived(status.action)) text += field("Remote-MTA", remote(book, recipient.destination));
    if (!status.diagnostic.empty()) text += field("Diagnostic-Code", "x-external; " + status.diagnostic);
  }
  if (status.retry_until) text += field("Will-Retry-Until", mail_date(*status.retry_until));
  return text;
}

}  // namespace

std::string delivery_status(const AddressBook& book, const mailqueue::Envelope& original,
                            const DeliveryStatus& status) {
  std::string text = field("Original-Envelope-Id", original.envelope_id) +
                     field("Reporting-MTA", "dns; " + mail_domain(book.home)) +
                     field("Arrival-Date", mail_date(original.accepted)) +
                     field("X-External-Key", original.key);
  for (const auto& recipient : original.recipients) text += recipient_fields(book, recipient, status);
  return text;
}

}  // namespace external::postoffice
