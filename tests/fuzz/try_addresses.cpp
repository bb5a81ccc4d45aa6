#include "inputs.h"
#include "require.h"

#include <external/base/text.h>
#include <external/postoffice/address.h>
#include <external/postoffice/sender.h>
#include <external/unicode/domain.h>
#include <external/unicode/utf8.h>

#include <stdexcept>

namespace external::fuzz {

namespace {

using namespace postoffice;

AddressBook book_for(std::uint8_t choice) {
  AddressBook book{"NORTH/CLINIC", {"clinic.example", "xn--bcher-kva.example"}};
  if ((choice & 1U) != 0) {
    book.complete = true;
    book.neighbours = {{"SOUTH/HUB", "hub.example"}, {"SOUTH/BRANCH", ""}, {"EXAMPLE/SHIP", ""}};
    book.claimed = {{"hub.example", "SOUTH/HUB"}, {"mail.clinic.example", "SOUTH/BRANCH"}};
    if ((choice & 2U) != 0) book.gateway = (choice & 4U) != 0 ? "SOUTH/HUB" : "NORTH/CLINIC";
  }
  return book;
}

void check_file_name(const std::string& name) {
  require(!name.empty() && name.size() <= 255, "no size for a file name");
  require(name.find('/') == std::string::npos && name.find('\0') == std::string::npos, "leads elsewhere");
  require(name.front() != '.' && name.front() != '-' && name.front() != '|', "starts like something else");
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    require(byte > 0x20 && byte != 0x7F, "a control character or blank");
  }
  require(unicode::decode(name).has_value(), "no UTF-8");
}

void check_address(const Address& address, const AddressBook& book) {
  for (const auto& part : {address.network, address.post_office, address.mailbox}) check_file_name(part);
  require(parse_address(address.text(), book) == address, "another one when read again");
  require(parse_address("<" + address.text() + ">", book) == address, "another one in brackets");
  const auto mail = mail_of(address, book);
  require(mail_of(address.text(), book) == mail, "two Internet spellings");
  if (address.is_foreign()) {
    require(mail == address.mailbox, "a foreign address was changed");
    if (address.office() == book.gateway)
      require(parse_address(mail, book) == address, "no way back from mail");
    return;
  }
  require(parse_mailbox(address.mailbox) == address.mailbox, "the mailbox is not canonical");
  require(parse_office(address.office()) == address.office(), "the post office is not canonical");
  if (book.complete && book.knows(address.office()))
    require(parse_address(mail, book) == address, "no way back from mail");
}

}  // namespace

void try_addresses(ByteView input) {
  if (input.empty()) return;
  const auto book = book_for(input[0]);
  const auto text = as_text(input.subspan(1));
  try {
    check_address(parse_address(text, book), book);
  } catch (const BadAddress& why) {
    require(visible(why.what()) == why.what(), "a refusal that is no line of text");
  }
  try {
    const auto sender = envelope_sender(text, book);
    require(envelope_sender(sender, book) == sender, "another sender when read again");
    require(sender.find_first_of("\r\n") == std::string::npos, "a sender of two lines");
  } catch (const BadAddress&) {
  }
  if (const auto domain = unicode::ascii_domain(text))
    require(unicode::ascii_domain(*domain) == domain, "another domain when read again");
}

}  // namespace external::fuzz
