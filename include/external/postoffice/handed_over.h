#pragma once
// What follows in the queue when mail was handed over to another mail system, or to a program.
// docs/delivery.md

#include <external/postoffice/delivery.h>
#include <external/postoffice/report.h>

namespace external::postoffice {

/// What became of the message for one recipient.
struct Fate {
  enum class Kind {
    delivered,  ///< it is where it was to go
    relayed,    ///< another mail system has taken it on
    later,      ///< it may go another time
    failed      ///< it never will
  };
  Kind kind{};
  bool tells_sender = false;  ///< who took it sends the receipts; else we do
  RemoteReply reply;
};

struct HandOver {
  const mailqueue::Work& work;
  std::vector<Fate> fates;  ///< one per recipient of `work`, in order
  std::string way;          ///< for people: "LMTP at /run/dovecot/lmtp"
  bool by_smtp = false;     ///< the replies are those of SMTP or LMTP
  std::string post_office;  ///< whose mail it was, for Queue::traffic(); empty: that of the home post office
  WallTime rests_until{};   ///< nothing goes by that way before, and it is to blame; in the past: it works
};

/// Closes, postpones (1 minute, doubling up to 1 hour; nothing counts as a try while the way out rests) or
/// returns each recipient. Receipts are sent in the same transaction that closes. A message that cannot be
/// returned is tried again. On the thread of the queue. Throws mailqueue::Error; what is still in transfer
/// then must be put back.
std::vector<DeliveryEvent> settle(mailqueue::Queue& queue, const AddressBook& book, const HandOver& handed,
                                  WallTime now);

}  // namespace external::postoffice
