#pragma once
// Senders of mail from elsewhere, whose addresses may mean nothing here.

#include <external/postoffice/address.h>

#include <optional>
#include <string>
#include <string_view>

namespace external::postoffice {

/// Where notices to a sender go. Nothing if its address cannot be understood, or is of a post office that
/// nobody here can send to.
std::optional<Address> sender_address(std::string_view sender, const AddressBook& book);

/// An address local@domain that is good in itself, but of nobody that anybody here can send to; as it is
/// written. Nothing for all other texts.
std::optional<std::string> internet_sender(std::string_view written, const AddressBook& book);

/// A sender as envelopes have it: the text of its address if it can be answered, everything else as it was
/// written, so that people see who wrote. Empty stays empty. Throws BadAddress if it has more than 320 bytes
/// (RFC 3696, erratum 1690), is no UTF-8, or holds control characters.
std::string envelope_sender(std::string_view written, const AddressBook& book);

}  // namespace external::postoffice
