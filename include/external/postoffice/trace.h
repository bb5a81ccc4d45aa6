#pragma once
// What is added on top of a message when it is put into a mailbox.

#include <external/base/clock.h>
#include <external/postoffice/address.h>

#include <string>
#include <string_view>
#include <vector>

namespace external::postoffice {

struct Trace {
  std::string key;     ///< of the message
  std::string sender;  ///< as in the envelope; empty for a notice
  Address recipient;
  std::vector<std::string> hops;  ///< post offices passed before this one, first to last
  WallTime time{};                ///< when it was put down
  std::string original = {};      ///< "rfc822;info@clinic.north": the address it was sent to; may be empty
};

/// Return-Path, Delivered-To and one Received line per hop, the last one on top. Lines end as those of the
/// message do, which is told from `start`, the first bytes of its content. Addresses are written under the
/// domains of `book`.
std::string trace_headers(const Trace& trace, std::string_view start, const AddressBook& book = {});

/// One Received line for a message that leaves `office` (RFC 5321 4.4), ending with LF. `whom`: an Internet
/// address; empty if it goes to several, of whom one need not know of the others.
std::string received_header(std::string_view office, std::string_view key,
                            const std::vector<std::string>& hops, std::string_view whom, WallTime time);

/// An address from an envelope as header fields and other mail systems have it: mail_of(), or, since whatever
/// another post office wrote must not become a header of its own, its printable form if it is no address.
/// Nothing for nobody.
std::string internet_address(std::string_view address, const AddressBook& book);

/// "Sat, 21 Nov 2026 06:33:22 +0000"
std::string mail_date(WallTime time);

}  // namespace external::postoffice
