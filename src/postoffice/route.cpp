#include <external/base/text.h>
#include <external/postoffice/route.h>

namespace external::postoffice {

namespace {

constexpr int most_steps = 32;

}  // namespace

RoutingTable::RoutingTable(std::string home, const std::vector<RouteEntry>& routes) : home_(std::move(home)) {
  for (const auto& route : routes) hubs_.emplace(route.post_office, route.hub);
}

NextHop RoutingTable::next_hop(std::string_view destination) const {
  if (destination == home_) return Local{};
  std::string_view step = destination;
  for (int steps = 0; steps < most_steps; ++steps) {
    const auto route = hubs_.find(step);
    if (route == hubs_.end()) return Unknown{};
    if (route->second.empty()) return Via{route->first};
    step = route->second;
  }
  return Unknown{};
}

std::vector<std::string> RoutingTable::destinations_via(std::string_view hop,
                                                        const std::vector<std::string>& destinations) const {
  std::vector<std::string> found;
  for (const auto& destination : destinations) {
    const auto next = next_hop(destination);
    const auto* via = std::get_if<Via>(&next);
    if (via && via->post_office == hop) found.push_back(destination);
  }
  return found;
}

Passage check_passage(const std::vector<std::string>& hops, std::string_view home, std::size_t limit) {
  for (const auto& hop : hops) {
    if (equal_no_case(hop, home)) return Passage::circular_route;
  }
  return hops.size() < limit ? Passage::fine : Passage::hop_count_exceeded;
}

}  // namespace external::postoffice
