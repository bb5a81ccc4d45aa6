#pragma once
// The part of a notice that programs read: message/delivery-status, RFC 3464.

#include <external/base/clock.h>
#include <external/postoffice/address.h>
#include <external/postoffice/report.h>
#include <mailqueue/envelope.h>

#include <optional>
#include <string>
#include <string_view>

namespace external::postoffice {

enum class Action { failed, delayed, delivered, relayed };

/// The same for all recipients of one notice.
struct DeliveryStatus {
  Action action{};
  std::string status;      ///< RFC 3463
  std::string diagnostic;  ///< one line; may be empty
  std::optional<WallTime> retry_until;
  std::map<std::string, RemoteReply, std::less<>> replies =
      {};  ///< by recipient; where there is none: the above
};

/// Fields for the message and for each of its recipients, without the header of the part. ASCII only.
std::string delivery_status(const AddressBook& book, const mailqueue::Envelope& original,
                            const DeliveryStatus& status);

}  // namespace external::postoffice
