#pragma once
// Accepting mail from people and programs of the home post office.

#include <external/base/clock.h>
#include <external/postoffice/address.h>
#include <mailqueue/envelope.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace external::postoffice {

/// How long mail waits unless somebody says otherwise.
inline constexpr std::chrono::hours usual_life{24 * 5};

/// What is said about one recipient of a submission.
struct RecipientWishes {
  mailqueue::Notify notify = {};
  std::string original = {};  ///< ORCPT of RFC 3461, decoded
};

struct Submission {
  std::string from;             ///< an address in any form, also of nobody we know; empty only for a notice
  std::vector<std::string> to;  ///< at least one; the same mailbox twice counts once
  mailqueue::Priority priority = mailqueue::Priority::normal;
  std::optional<std::chrono::seconds> useful_life = {};  ///< nothing: what is usual for the priority
  mailqueue::Notify notify = {};                         ///< of those without wishes of their own

  /// Of `to`, in its order; may be shorter. What is said twice about the same mailbox holds together.
  std::vector<RecipientWishes> wishes = {};
  std::string envelope_id = {};  ///< ENVID of RFC 3461, decoded
  bool headers_only = false;     ///< RET=HDRS
};

/// A key that no other message has: 8 hexadecimal digits of the time (seconds since 1970), 14 random ones,
/// '@', the post office.
std::string new_key(std::string_view home, WallTime now);

/// The envelope of a new message. Recipients get their post office as destination. Throws BadAddress whose
/// text names every address that cannot be used.
mailqueue::Envelope make_envelope(const Submission& submission, const AddressBook& book, WallTime now);

/// What goes on top of a message that has no header at all: From, To, Date and Message-ID, then an empty
/// line. Empty if `start`, the first bytes of its content, begins with a header, or is empty: content is
/// never changed otherwise.
std::string missing_header(const mailqueue::Envelope& envelope, const AddressBook& book,
                           std::string_view start);

/// The same for mail whose header may be completed, as that of sendmail: those of From, Date and Message-ID
/// that are missing in the header `start` begins with (RFC 6409 8). From has `full_name`, UTF-8, which may be
/// empty. Lines end as those of the header.
std::string missing_fields(const mailqueue::Envelope& envelope, const AddressBook& book,
                           std::string_view start, const std::string& full_name);

}  // namespace external::postoffice
