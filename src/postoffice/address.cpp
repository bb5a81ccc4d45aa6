#include <external/base/text.h>
#include <external/postoffice/address.h>

#include <algorithm>

namespace external::postoffice {

namespace {

constexpr std::size_t longest_part = 64;
constexpr std::string_view mailbox_marks = ".!#$%&'*+-=?^_`{|}~";

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_office_character(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_';
}

bool is_mailbox_character(char c) {
  return is_alphanumeric(c) || mailbox_marks.find(c) != std::string_view::npos;
}

void check_size(std::string_view part, const char* what) {
  if (part.empty()) throw BadAddress(std::string("the ") + what + " is missing");
  if (part.size() > longest_part)
    throw BadAddress(std::string("the ") + what + " has more than 64 characters");
}

std::string office_part(std::string_view part, const char* what) {
  check_size(part, what);
  if (!std::all_of(part.begin(), part.end(), is_office_character) || !is_alphanumeric(part.front())) {
    throw BadAddress(std::string("the ") + what +
                     " may have letters, digits, '-' and '_', and starts with a letter or digit");
  }
  return to_upper(part);
}

bool ends_with_domain(std::string_view text, std::string_view domain) {
  return text.size() > domain.size() + 1 && text.ends_with(domain) &&
         text[text.size() - domain.size() - 1] == '.';
}

Address from_office(std::string_view office, std::string_view mailbox) {
  const auto slash = office.find('/');
  return {std::string(office.substr(0, slash)), std::string(office.substr(slash + 1)),
          parse_mailbox(mailbox)};
}

// postoffice.network
Address from_host(std::string_view host, std::string_view mailbox) {
  const auto dot = host.find('.');
  if (dot == std::string_view::npos || host.find('.', dot + 1) != std::string_view::npos) {
    throw BadAddress(
        "after the @ belongs postoffice.network or a domain of this post office (setting Domain)");
  }
  return {office_part(host.substr(dot + 1), "network"), office_part(host.substr(0, dot), "post office"),
          parse_mailbox(mailbox)};
}

Address from_mail(std::string_view text, std::size_t at, const AddressBook& book) {
  const auto mailbox = text.substr(0, at);
  const auto lower = to_lower(text.substr(at + 1));
  for (const auto& domain : book.domains) {
    if (lower == domain) return from_office(book.home, mailbox);
  }
  std::string_view longest;
  for (const auto& domain : book.domains) {
    if (ends_with_domain(lower, domain) && domain.size() > longest.size()) longest = domain;
  }
  if (longest.empty()) return from_host(lower, mailbox);
  return from_host(std::string_view(lower).substr(0, lower.size() - longest.size() - 1), mailbox);
}

}  // namespace

std::string Address::mail() const {
  return to_lower(mailbox) + "@" + mail_domain(office());
}

std::string mail_domain(std::string_view office) {
  const auto slash = office.find('/');
  return to_lower(office.substr(slash + 1)) + "." + to_lower(office.substr(0, slash));
}

std::string parse_office(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) throw BadAddress("a post office is named NETWORK/POSTOFFICE");
  return office_part(text.substr(0, slash), "network") + "/" +
         office_part(text.substr(slash + 1), "post office");
}

std::string parse_mailbox(std::string_view text) {
  check_size(text, "mailbox");
  if (!std::all_of(text.begin(), text.end(), is_mailbox_character)) {
    throw BadAddress("the mailbox may have letters, digits and " + std::string(mailbox_marks));
  }
  // A dot in front would hide the folder, a dash would make it look like an option.
  if (text.front() == '.' || text.front() == '-' || text.back() == '.' ||
      text.find("..") != std::string_view::npos) {
    throw BadAddress("the mailbox may have dots only between other characters, and no '-' in front");
  }
  return to_upper(text);
}

Address parse_address(std::string_view text, const AddressBook& book) {
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>') text = text.substr(1, text.size() - 2);
  if (text.empty()) throw BadAddress("the address is empty");
  if (const auto at = text.rfind('@'); at != std::string_view::npos) return from_mail(text, at, book);
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return from_office(book.home, text);
  if (text.find('/') == slash)
    throw BadAddress("write NETWORK/POSTOFFICE/MAILBOX or mailbox@postoffice.network");
  return from_office(parse_office(text.substr(0, slash)), text.substr(slash + 1));
}

}  // namespace external::postoffice
