#pragma once
// Which post office is next on the way to another.

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace external::postoffice {

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

/// The routes of the home post office. Routes that go in a circle, end at an unknown hub or have more than 32
/// steps are Unknown. Names are compared whole, in upper case.
class RoutingTable {
 public:
  RoutingTable(std::string home, const std::vector<RouteEntry>& routes);

  NextHop next_hop(std::string_view destination) const;

  /// Of `destinations`, those whose next post office is `hop`.
  std::vector<std::string> destinations_via(std::string_view hop,
                                            const std::vector<std::string>& destinations) const;

 private:
  std::string home_;
  std::map<std::string, std::string, std::less<>> hubs_;  // post office -> hub, empty for direct ones
};

enum class Passage { fine, hop_count_exceeded, circular_route };

/// Whether a message that passed `hops` before it came here may go on to another post office. `home` among
/// them is a circle; `limit` is the number of post offices a message may pass, this one included. `hops` are
/// compared without regard to case.
Passage check_passage(const std::vector<std::string>& hops, std::string_view home, std::size_t limit);

}  // namespace external::postoffice
