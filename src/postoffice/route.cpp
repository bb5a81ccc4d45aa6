#include <external/base/text.h>
#include <external/postoffice/route.h>

#include <algorithm>

namespace external::postoffice {

namespace {

// Names of post offices have no blanks.
constexpr std::string_view by = " by ";

}  // namespace

std::string destination_by(std::string_view post_office, std::string_view way) {
  return std::string(post_office) + std::string(by) + std::string(way);
}

std::string_view office_in(std::string_view destination) {
  return destination.substr(0, destination.find(by));
}

RoutingTable::RoutingTable(std::string home, const std::vector<RouteEntry>& routes, std::string otherwise)
    : home_(std::move(home)), otherwise_(std::move(otherwise)) {
  for (const auto& route : routes) hubs_.emplace(route.post_office, route.hub);
}

NextHop RoutingTable::next_hop(std::string_view destination) const {
  auto way = way_to(destination);
  if (way.end == Way::End::local) return Local{};
  if (way.end == Way::End::direct) return Via{std::move(way.steps.back())};
  return Unknown{};
}

Way RoutingTable::way_to(std::string_view destination) const {
  Way way;
  way.steps.emplace_back(office_in(destination));
  if (way.steps.front() == home_) {
    way.end = Way::End::local;
    return way;
  }
  for (;;) {
    const auto route = hubs_.find(way.steps.back());
    if (route == hubs_.end()) {
      if (otherwise_.empty()) return way;
      way.steps.push_back(otherwise_);
      way.end = Way::End::direct;
      return way;
    }
    if (route->second.empty()) {
      way.end = Way::End::direct;
      return way;
    }
    const bool again = std::find(way.steps.begin(), way.steps.end(), route->second) != way.steps.end();
    way.steps.push_back(route->second);
    if (!again) continue;
    way.end = Way::End::circle;
    return way;
  }
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

bool is_group_step(std::string_view hop) {
  return std::count(hop.begin(), hop.end(), '/') == 2;
}

std::string_view last_office(const std::vector<std::string>& hops) {
  const auto last = std::find_if_not(hops.rbegin(), hops.rend(), is_group_step);
  return last == hops.rend() ? std::string_view() : *last;
}

Passage check_passage(const std::vector<std::string>& hops, std::string_view home, std::size_t limit) {
  const auto after_group = std::find_if(hops.rbegin(), hops.rend(), is_group_step).base();
  const bool again =
      std::any_of(after_group, hops.end(), [&](const auto& hop) { return equal_no_case(hop, home); });
  if (again) return Passage::circular_route;
  const auto passed =
      std::count_if(hops.begin(), hops.end(), [](const auto& hop) { return !is_group_step(hop); });
  return static_cast<std::size_t>(passed) < limit ? Passage::fine : Passage::hop_count_exceeded;
}

}  // namespace external::postoffice
