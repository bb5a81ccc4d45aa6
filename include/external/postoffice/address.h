#pragma once
// Addresses of post offices and mailboxes.

#include <compare>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace external::postoffice {

/// A text that is no address; what() says why, in words that can follow the address in a message.
class BadAddress : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A mailbox of a post office. Case means nothing in addresses, so all parts are kept in upper case: equal
/// addresses are equal objects. An Address is always valid, and its parts are safe as names of files.
struct Address {
  std::string network;
  std::string post_office;
  std::string mailbox;

  std::string office() const { return network + "/" + post_office; }  ///< "NORTH/CLINIC"
  std::string text() const { return office() + "/" + mailbox; }       ///< "NORTH/CLINIC/ANNA"
  std::string mail() const;                                           ///< "anna@clinic.north"

  auto operator<=>(const Address&) const = default;
};

/// What addresses mean here.
struct AddressBook {
  std::string home;                  ///< NETWORK/POSTOFFICE, upper case
  std::vector<std::string> domains;  ///< lower case; a mailbox under them is one of the home post office

  /// The mailbox whose owner's own machine this is, upper case; empty: this is the post office itself.
  std::string person = {};

  /// The destination of what is put down on this machine: the home post office, or NETWORK/POSTOFFICE/MAILBOX
  /// on the machine of a person, whose other mail goes to the post office.
  std::string here() const { return person.empty() ? home : home + "/" + person; }
};

/// Reads an address in any of its forms:
///   NETWORK/POSTOFFICE/MAILBOX
///   mailbox@postoffice.network, also with one of the domains behind it
///   mailbox@domain
///   mailbox            of the home post office
/// with or without < >. Throws BadAddress. Each part has 1 to 64 characters: networks and post offices
/// letters, digits, '-' and '_'; mailboxes also . ! # $ % & ' * + = ? ^ ` { | } ~, with dots only between
/// other characters.
Address parse_address(std::string_view text, const AddressBook& book);

/// "north/clinic" -> "NORTH/CLINIC". Throws BadAddress.
std::string parse_office(std::string_view text);

/// "anna" -> "ANNA". Throws BadAddress.
std::string parse_mailbox(std::string_view text);

/// "NORTH/CLINIC" -> "clinic.north", the domain of its addresses. The office must be a valid one.
std::string mail_domain(std::string_view office);

}  // namespace external::postoffice
