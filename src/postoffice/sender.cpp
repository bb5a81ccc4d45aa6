#include "utf8.h"

#include <external/postoffice/sender.h>

namespace external::postoffice {

std::optional<Address> sender_address(std::string_view sender, const AddressBook& book) {
  try {
    auto address = parse_address(sender, book);
    if (book.knows(address.office())) return address;
  } catch (const BadAddress&) {
    // Text of another mail system, which nobody here can send to.
  }
  return std::nullopt;
}

std::optional<std::string> internet_sender(std::string_view written, const AddressBook& book) {
  if (written.find('@') == std::string_view::npos || sender_address(written, book)) return std::nullopt;
  AddressBook anybody;
  anybody.complete = true;
  anybody.gateway = "A/B";
  try {
    const auto address = parse_address(written, anybody);
    if (address.office() == anybody.gateway) return address.mailbox;
  } catch (const BadAddress&) {
    // Then who reads it knows better what is wrong with it.
  }
  return std::nullopt;
}

std::string envelope_sender(std::string_view written, const AddressBook& book) {
  constexpr std::size_t longest = 320;
  if (written.empty()) return {};
  if (const auto address = sender_address(written, book)) return address->text();
  if (written.size() > longest) throw BadAddress("the sender's address has more than 320 bytes");
  if (printable(written) != written)
    throw BadAddress("the sender's address holds control characters, or bytes that are no UTF-8");
  return std::string(written);
}

}  // namespace external::postoffice
