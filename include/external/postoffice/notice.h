#pragma once
// What a sender is told about mail: returns, warnings of delay, receipts. docs/notices.md; RFC 3464, 6522,
// 6533.

#include <external/base/clock.h>
#include <external/postoffice/address.h>
#include <external/postoffice/encoding.h>
#include <external/postoffice/report.h>
#include <mailqueue/envelope.h>

#include <string>
#include <string_view>

namespace external::postoffice {

/// How long a notice is kept that cannot be delivered.
inline constexpr std::chrono::hours notice_life{24 * 5};

/// The message that a notice is about.
struct Original {
  const mailqueue::Envelope& envelope;   ///< with those recipients only that the notice is about
  std::string_view start;                ///< of its content, up to header_limit
  Encoding encoding = Encoding::binary;  ///< of all its content
};

/// A notice: envelope, and the content as what stands before and after the original. The original itself goes
/// between them unchanged, so that it need not be held in memory.
struct Notice {
  mailqueue::Envelope envelope;
  std::string before;
  std::string after;
  bool whole = false;  ///< the original goes between them; otherwise there is nothing more
};

/// Whether a message with this envelope and this start of its content is a notice, and so never answered.
bool is_notice(const mailqueue::Envelope& envelope, std::string_view start);

// All of these go to the sender, or to the POSTMASTER here if the sender cannot be reached, see
// sender_address(). The original must not be a notice.

/// It comes back because of `failure`, whose recipients are those of the original.
Notice make_return(const AddressBook& book, const Original& original, const Failure& failure, WallTime now);

/// It has been waiting for `waited`, and goes on waiting; `error`: the last one, in one line, may be empty.
Notice make_warning(const AddressBook& book, const Original& original, std::chrono::seconds waited,
                    std::string_view error, WallTime now);

enum class Arrival {
  delivered,  ///< it is in the mailboxes of its recipients
  relayed,    ///< another mail system has taken it on that will send no receipts (RFC 3464 2.3.3)
};

Notice make_receipt(const AddressBook& book, const Original& original, Arrival arrival, WallTime now);

/// 14400 s -> "4 hours".
std::string in_words(std::chrono::seconds duration);

}  // namespace external::postoffice
