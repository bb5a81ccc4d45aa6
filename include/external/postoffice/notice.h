#pragma once
// Returning mail: the notice that tells a sender what could not be delivered, and why.

#include <external/base/clock.h>
#include <external/postoffice/address.h>
#include <mailqueue/envelope.h>

#include <string>
#include <string_view>
#include <vector>

namespace external::postoffice {

/// Why mail comes back. The numbers are those that administrators know.
enum class Report {
  unable_to_deliver = 1,
  unknown_address = 2,
  hop_count_exceeded = 3,
  circular_route = 4,
  retry_count_exceeded = 5,
  useful_life_exceeded = 6,
  too_large = 9,
  corrupt = 12,
};

struct Failure {
  Report report{};
  std::vector<std::string> recipients;  ///< addresses the message does not reach
  std::string post_office;              ///< where it was to go, NETWORK/POSTOFFICE; may be empty
  std::vector<std::string> route;       ///< post offices it passed, for hop_count_exceeded and circular_route
  std::string detail;                   ///< the last error in one line; may be empty
};

/// The lines of the report: "[005] Mail retry count exceeded sending to:", "SOUTH     /HUB", ...
std::vector<std::string> report_lines(const Failure& failure);

/// The report in one line, for Session.log and the queue's history: "[005] Mail retry count exceeded sending
/// to: SOUTH/HUB".
std::string report_line(const Failure& failure);

/// A notice: envelope, and the content as what stands before and after the original. The original itself goes
/// between them whole and unchanged, so that it need not be held in memory.
struct Notice {
  mailqueue::Envelope envelope;
  std::string before;
  std::string after;
};

/// Builds the notice for `failure` of the message with this envelope. `start` is the beginning of its
/// content, up to header_limit. It has no sender, so no notice ever answers it. It goes to the sender, or to
/// the POSTMASTER here if the sender's address cannot be understood. The message must not be a notice itself.
Notice make_notice(const AddressBook& book, const mailqueue::Envelope& original, std::string_view start,
                   const Failure& failure, WallTime now);

}  // namespace external::postoffice
