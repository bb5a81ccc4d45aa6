#pragma once
// Addresses of post offices and mailboxes. docs/addresses.md

#include <compare>
#include <map>
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

/// A mailbox of a post office. Case means nothing in addresses, so all parts are kept in capitals and
/// composed (NFC): equal addresses are equal objects. An Address is always valid, and its parts are safe as
/// names of files.
///
/// A foreign one is an Internet address of nobody we know, as a mailbox of the post office that can send it
/// on, the gateway: "SOUTH/HUB/bob@gmail.example". Its local part is kept as it was written, for only its own
/// host knows whether case means something there.
struct Address {
  std::string network;
  std::string post_office;
  std::string mailbox;

  std::string office() const { return network + "/" + post_office; }  ///< "NORTH/CLINIC"
  std::string text() const { return office() + "/" + mailbox; }       ///< "NORTH/CLINIC/ANNA"
  std::string mail() const;  ///< "anna@clinic.north"; of a foreign one "bob@gmail.example"
  bool is_foreign() const { return mailbox.find('@') != std::string::npos; }

  auto operator<=>(const Address&) const = default;
};

/// What addresses mean here.
struct AddressBook {
  std::string home;                  ///< NETWORK/POSTOFFICE, upper case
  std::vector<std::string> domains;  ///< as unicode::ascii_domain(); a mailbox under them is one of the home
                                     ///< post office, which writes its addresses under the first
  std::string gateway = {};          ///< whose mailboxes foreign addresses are; empty: nobody's
  bool complete = false;             ///< `neighbours` are all other post offices that can be reached

  /// Other post offices, with the domain their addresses are written under; empty: postoffice.network.
  std::map<std::string, std::string, std::less<>> neighbours = {};
  std::map<std::string, std::string, std::less<>> claimed = {};  ///< domains of neighbours -> post office

  /// Whether mail can be sent to a post office as far as the book knows.
  bool knows(std::string_view office) const;

  /// The domain of a post office's addresses, in lower case. The office must be a valid one.
  std::string domain_of(std::string_view office) const;

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
///   local@domain       of nobody we know: a foreign mailbox, if there is a gateway
///   NETWORK/POSTOFFICE/local@domain   the same with the gateway named; read like local@domain where that is
///                                     the home post office or its gateway
/// with or without < >. Throws BadAddress. Networks and post offices have 1 to 64 letters, digits, '-' and
/// '_'. Mailboxes have 1 to 64 characters in at most 255 bytes: letters and digits of any script (see
/// unicode::complaint_about()), and . # $ & ' * + - = ? ^ _ ` { | } ~, with dots only between other
/// characters, and neither '-' nor '|' in front. A mailbox in quotes is the one without. Of '%' and '!'
/// nobody can tell who is to read them, so they are refused. A foreign address has at most 254 bytes (RFC
/// 5321, 4.5.3.1.3).
Address parse_address(std::string_view text, const AddressBook& book);

/// "north/clinic" -> "NORTH/CLINIC". Throws BadAddress.
std::string parse_office(std::string_view text);

/// "anna" -> "ANNA". Throws BadAddress.
std::string parse_mailbox(std::string_view text);

/// "NORTH/CLINIC" -> "clinic.north", the domain of its addresses where none is configured. The office must be
/// a valid one.
std::string mail_domain(std::string_view office);

/// The Internet spelling: a foreign address as it is; else under the first configured domain of its post
/// office, else under mail_domain(). What is beyond ASCII stays UTF-8 in mailboxes (RFC 6531), and is an
/// A-label in domains.
std::string mail_of(const Address& address, const AddressBook& book);

/// The same for an address from an envelope; of a text that is no address nothing.
std::string mail_of(std::string_view text, const AddressBook& book);

}  // namespace external::postoffice
