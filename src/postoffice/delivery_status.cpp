#include "delivery_status.h"

#include "utf8.h"

#include <external/postoffice/report.h>
#include <external/postoffice/trace.h>
#include <external/unicode/utf8.h>

#include <cstdio>

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

/// utf-8-addr-xtext of RFC 6533, 3: what is no printable ASCII stands as \x{NUMBER}.
std::string embedded(std::string_view text) {
  const auto points = unicode::decode(text);
  if (!points) return one_ascii_line(text);
  std::string out;
  for (const char32_t point : *points) {
    const bool plain = point > 0x20 && point < 0x7F && point != '+' && point != '=' && point != '\\';
    if (plain) {
      out += static_cast<char>(point);
    } else {
      char number[16];
      std::snprintf(number, sizeof number, "\\x{%X}", static_cast<unsigned>(point));
      out += number;
    }
  }
  return out;
}

/// An address with its type, in ASCII.
std::string typed(std::string_view type, std::string_view separator, std::string_view address) {
  if (is_ascii(address)) return std::string(type) + std::string(separator) + std::string(address);
  return "utf-8" + std::string(separator) + embedded(one_line(address));
}

std::string final_recipient(const AddressBook& book, const std::string& address) {
  const auto mail = mail_of(address, book);
  return typed("rfc822", "; ", mail.empty() ? address : mail);
}

/// With its type before it, as the sender should have given it.
std::string original_recipient(std::string_view original) {
  if (original.empty()) return {};
  const auto semicolon = original.find(';');
  if (semicolon == std::string_view::npos) return typed("rfc822", ";", original);
  return typed(original.substr(0, semicolon), ";", original.substr(semicolon + 1));
}

std::string remote(const AddressBook& book, const std::string& destination) {
  if (destination == book.home) return {};
  try {
    return "dns; " + book.domain_of(parse_office(destination));
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
  std::string text = "\n" + field("Original-Recipient", original_recipient(recipient.original)) +
                     field("Final-Recipient", final_recipient(book, recipient.address)) +
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
                     field("Reporting-MTA", "dns; " + book.domain_of(book.home)) +
                     field("Arrival-Date", mail_date(original.accepted)) +
                     field("X-External-Key", original.key);
  for (const auto& recipient : original.recipients) text += recipient_fields(book, recipient, status);
  return text;
}

}  // namespace external::postoffice
