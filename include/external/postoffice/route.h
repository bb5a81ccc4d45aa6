#pragma once
// Which post office is next on the way to another.

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace external::postoffice {

// The destination of mail in the queue is a post office, or a post office and a way out of it: "NORTH/CLINIC
// by LMTP at /run/dovecot/lmtp". docs/delivery.md

/// "NORTH/CLINIC", "LMTP at /run/dovecot/lmtp" -> the destination of mail that leaves that way.
std::string destination_by(std::string_view post_office, std::string_view way);

/// The post office of a destination.
std::string_view office_in(std::string_view destination);

/// How one post office is reached.
struct RouteEntry {
  std::string post_office;  ///< NETWORK/POSTOFFICE, upper case
  std::string hub;          ///< the post office it is reached through; empty: directly
};

struct Local {
  bool operator==(const Local&) const = default;
};
struct Unknown {
  bool operator==(const Unknown&) const = default;
};
struct Via {
  std::string post_office;  ///< a direct one
  bool operator==(const Via&) const = default;
};

/// The mail is for us, goes to a direct post office next, or nobody knows where to.
using NextHop = std::variant<Local, Via, Unknown>;

/// The way from here to a post office, looked at from its end.
struct Way {
  enum class End {
    local,    ///< it is the home post office
    direct,   ///< the last step is a direct one
    unknown,  ///< nobody knows the last step
    circle,   ///< the last step was there before
  };

  End end = End::unknown;
  std::vector<std::string> steps;  ///< the destination, its hub, the hub of that, and so on; never empty
};

/// The routes of the home post office: direct ones, and hubs of hubs of any number. Routes that go in a
/// circle or end at an unknown hub are Unknown. Names are compared whole (Q128627), in upper case.
class RoutingTable {
 public:
  /// What no route is for goes to `otherwise`, if that is given.
  RoutingTable(std::string home, const std::vector<RouteEntry>& routes, std::string otherwise = {});

  /// Of the post office in it, whatever the way out.
  NextHop next_hop(std::string_view destination) const;
  Way way_to(std::string_view destination) const;

  /// Of `destinations`, those whose next post office is `hop`.
  std::vector<std::string> destinations_via(std::string_view hop,
                                            const std::vector<std::string>& destinations) const;

 private:
  std::string home_;
  std::string otherwise_;
  std::map<std::string, std::string, std::less<>> hubs_;  // post office -> hub, empty for direct ones
};

enum class Passage { fine, hop_count_exceeded, circular_route };

/// Whether one of the steps of a message is a group that put in new recipients, NETWORK/POSTOFFICE/GROUP,
/// rather than a post office.
bool is_group_step(std::string_view hop);

/// The post office that a message passed last; empty if it has passed none.
std::string_view last_office(const std::vector<std::string>& hops);

/// Whether a message that passed `hops` before it came here may go on to another post office. `home` among
/// them is a circle, but only behind the last group: recipients that a group put in may live where the
/// message has been. `limit` is the number of post offices a message may pass, this one included. `hops` are
/// compared whole, without regard to case.
Passage check_passage(const std::vector<std::string>& hops, std::string_view home, std::size_t limit);

}  // namespace external::postoffice
