#pragma once
// Why mail comes back, in the words that administrators know.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace external::postoffice {

/// The numbers are those of the original.
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

/// What a host of another mail system said about a recipient.
struct RemoteReply {
  std::string host;    ///< empty: it has no name
  std::string status;  ///< RFC 3463; may be empty
  std::string text;    ///< one line, "550 5.1.1 no such mailbox"

  bool operator==(const RemoteReply&) const = default;
};

struct Failure {
  Report report{};
  std::vector<std::string> recipients;  ///< addresses the message does not reach
  std::string post_office;         ///< where it was to go, NETWORK/POSTOFFICE; empty: those of the recipients
  std::vector<std::string> route;  ///< post offices it passed, for hop_count_exceeded and circular_route
  std::string detail;              ///< the last error in one line; may be empty

  /// By recipient; those that none said anything about are missing.
  std::map<std::string, RemoteReply, std::less<>> replies = {};
};

/// The lines of the report: "[005] Mail retry count exceeded sending to:", "SOUTH     /HUB", ...
std::vector<std::string> report_lines(const Failure& failure);

/// The report in one line, for Session.log and the queue's history: "[005] Mail retry count exceeded sending
/// to: SOUTH/HUB".
std::string report_line(const Failure& failure);

/// Status code of RFC 3463.
std::string_view status_code(Report report);

/// The post office of NETWORK/POSTOFFICE/MAILBOX; empty if the text is none of these.
std::string_view office_of(std::string_view address);

/// The network in a column of its own: "SOUTH     /HUB".
std::string in_columns(std::string_view office);

/// The post offices of these addresses, each once, in their order.
std::vector<std::string> offices_of(const std::vector<std::string>& addresses);

}  // namespace external::postoffice
