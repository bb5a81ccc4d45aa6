#include "mailbox_name.h"

#include <external/base/text.h>
#include <external/postoffice/address.h>
#include <external/unicode/domain.h>

#include <algorithm>
#include <optional>

namespace external::postoffice {

namespace {

constexpr std::size_t longest_part = 64;
constexpr std::size_t longest_foreign = 254;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_office_character(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_';
}

bool is_office_part(std::string_view part) {
  return !part.empty() && part.size() <= longest_part && is_alphanumeric(part.front()) &&
         std::all_of(part.begin(), part.end(), is_office_character);
}

std::string office_part(std::string_view part, const char* what) {
  if (part.empty()) throw BadAddress(std::string("the ") + what + " is missing");
  if (part.size() > longest_part)
    throw BadAddress(std::string("the ") + what + " has more than 64 characters");
  if (!is_office_part(part)) {
    throw BadAddress(std::string("the ") + what +
                     " may have letters, digits, '-' and '_', and starts with a letter or digit");
  }
  return to_upper(part);
}

bool ends_with_domain(std::string_view text, std::string_view domain) {
  return text.size() > domain.size() + 1 && text.ends_with(domain) &&
         text[text.size() - domain.size() - 1] == '.';
}

Address mailbox_of(std::string_view office, std::string_view mailbox) {
  const auto slash = office.find('/');
  return {std::string(office.substr(0, slash)), std::string(office.substr(slash + 1)),
          canonical_mailbox(mailbox)};
}

/// postoffice.network -> NETWORK/POSTOFFICE
std::optional<std::string> office_named(std::string_view host) {
  const auto dot = host.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto office = host.substr(0, dot);
  const auto network = host.substr(dot + 1);
  if (!is_office_part(office) || !is_office_part(network)) return std::nullopt;
  return to_upper(network) + "/" + to_upper(office);
}

std::string_view without_brackets(std::string_view text) {
  const bool has_brackets = text.size() >= 2 && text.front() == '<' && text.back() == '>';
  return has_brackets ? text.substr(1, text.size() - 2) : text;
}

/// In lower case, labels beyond ASCII as A-labels. What is no domain may still name a post office.
std::string canonical_domain(std::string_view text) {
  if (text.empty()) throw BadAddress("after the @ the domain is missing");
  if (text.front() == '[')
    throw BadAddress("a number in brackets is no domain; write the name of the host after the @");
  if (const auto domain = unicode::ascii_domain(text)) return *domain;
  const auto lower = to_lower(text);
  if (office_named(lower)) return lower;
  throw BadAddress("after the @ is no name of a domain or post office");
}

/// A name of the public Internet, and neither of this computer alone nor a number.
bool is_internet_domain(std::string_view domain) {
  const auto dot = domain.rfind('.');
  if (dot == std::string_view::npos || !unicode::ascii_domain(domain)) return false;
  return domain.find_first_not_of("0123456789", dot + 1) != std::string_view::npos;
}

/// What the book says of a domain.
class Reading {
 public:
  Reading(const AddressBook& book, std::string_view domain) : book_(book), domain_(domain) {}

  /// The post office whose mailboxes are under the domain; nothing if the book knows none.
  std::optional<std::string> known() const {
    if (is_of_home(domain_)) return book_.home;
    if (const auto claim = book_.claimed.find(domain_); claim != book_.claimed.end()) return claim->second;
    if (!book_.complete) return std::nullopt;
    for (const auto& office : {office_named(domain_), office_named(below_home())}) {
      if (office && book_.knows(*office)) return office;
    }
    return std::nullopt;
  }

  /// The post office it names, whether or not anybody knows it.
  std::optional<std::string> named() const {
    const auto below = office_named(below_home());
    return below ? below : office_named(domain_);
  }

 private:
  /// What stands before a domain of the home post office; all of it if none does.
  std::string_view below_home() const {
    std::string_view host = domain_;
    std::string_view longest;
    for (const auto& domain : book_.domains) {
      if (ends_with_domain(host, domain) && domain.size() > longest.size()) longest = domain;
    }
    if (!longest.empty()) host.remove_suffix(longest.size() + 1);
    return host;
  }

  bool is_of_home(const std::string& domain) const {
    return std::find(book_.domains.begin(), book_.domains.end(), domain) != book_.domains.end();
  }

  const AddressBook& book_;
  std::string domain_;
};

/// local@domain as a mailbox of the gateway `office`.
Address foreign(std::string_view office, std::string_view local, const std::string& domain) {
  if (!is_internet_domain(domain)) throw BadAddress("after the @ is no domain of the Internet");
  check_local_part(local);
  const auto slash = office.find('/');
  Address address{std::string(office.substr(0, slash)), std::string(office.substr(slash + 1)),
                  std::string(local) + "@" + domain};
  if (address.mailbox.size() > longest_foreign)
    throw BadAddress("the address has more than 254 bytes, as many as mail may have (RFC 5321)");
  return address;
}

struct Parts {
  std::string local;
  std::string domain;
};

Parts take_apart(std::string_view text) {
  if (text.front() == '@' && text.find(':') != std::string_view::npos)
    throw BadAddress(
        "it prescribes a way through other hosts, which is not taken; write its last address alone");
  const auto at = text.rfind('@');
  const auto local = text.substr(0, at);
  if (local.find('@') != std::string_view::npos && !local.starts_with('"'))
    throw BadAddress("there are two @ in it; write mailbox@domain");
  return {without_quotes(local), canonical_domain(text.substr(at + 1))};
}

Address from_mail(std::string_view text, const AddressBook& book) {
  const auto parts = take_apart(text);
  const Reading reading(book, parts.domain);
  if (const auto office = reading.known()) return mailbox_of(*office, parts.local);
  if (!book.gateway.empty()) return foreign(book.gateway, parts.local, parts.domain);
  if (const auto office = reading.named()) return mailbox_of(*office, parts.local);
  throw BadAddress(
      "after the @ belongs postoffice.network or a domain of a post office (setting Domain); other domains "
      "need a Gateway");
}

/// What stands behind the post office in NETWORK/POSTOFFICE/local@domain.
Address from_gateway(const std::string& office, std::string_view text, const AddressBook& book) {
  const auto parts = take_apart(text);
  if (office == book.home || office == book.gateway) {
    if (const auto known = Reading(book, parts.domain).known()) return mailbox_of(*known, parts.local);
    if (book.gateway.empty()) throw BadAddress("this post office has no Gateway for domains of the Internet");
    return foreign(book.gateway, parts.local, parts.domain);
  }
  return foreign(office, parts.local, parts.domain);
}

}  // namespace

bool AddressBook::knows(std::string_view office) const {
  return !complete || office == home || neighbours.contains(office);
}

std::string AddressBook::domain_of(std::string_view office) const {
  if (office == home && !domains.empty()) return domains.front();
  const auto neighbour = neighbours.find(office);
  if (neighbour != neighbours.end() && !neighbour->second.empty()) return neighbour->second;
  return mail_domain(office);
}

std::string Address::mail() const {
  return is_foreign() ? mailbox : lower_mailbox(mailbox) + "@" + mail_domain(office());
}

std::string mail_domain(std::string_view office) {
  const auto slash = office.find('/');
  return to_lower(office.substr(slash + 1)) + "." + to_lower(office.substr(0, slash));
}

std::string mail_of(const Address& address, const AddressBook& book) {
  if (address.is_foreign()) return address.mailbox;
  return lower_mailbox(address.mailbox) + "@" + book.domain_of(address.office());
}

std::string mail_of(std::string_view text, const AddressBook& book) {
  try {
    const auto address = parse_address(text, book);
    // Of hosts that nobody knows only they know what case means; such a text is the Internet spelling itself.
    const bool of_nobody = !address.is_foreign() && !book.knows(address.office());
    if (of_nobody && text.find('@') != std::string_view::npos) return std::string(without_brackets(text));
    return mail_of(address, book);
  } catch (const BadAddress&) {
    return {};
  }
}

std::string parse_office(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) throw BadAddress("a post office is named NETWORK/POSTOFFICE");
  return office_part(text.substr(0, slash), "network") + "/" +
         office_part(text.substr(slash + 1), "post office");
}

std::string parse_mailbox(std::string_view text) {
  return canonical_mailbox(text);
}

Address parse_address(std::string_view text, const AddressBook& book) {
  text = without_brackets(text);
  if (text.empty()) throw BadAddress("the address is empty");
  const auto first = text.find('/');
  const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
  const auto at = text.find('@');
  if (second != std::string_view::npos && (at == std::string_view::npos || second < at)) {
    const auto office = parse_office(text.substr(0, second));
    const auto mailbox = text.substr(second + 1);
    return at == std::string_view::npos ? mailbox_of(office, mailbox) : from_gateway(office, mailbox, book);
  }
  if (at != std::string_view::npos) return from_mail(text, book);
  if (first != std::string_view::npos)
    throw BadAddress("write NETWORK/POSTOFFICE/MAILBOX or mailbox@postoffice.network");
  return mailbox_of(book.home, text);
}

}  // namespace external::postoffice
