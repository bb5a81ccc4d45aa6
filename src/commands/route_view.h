#pragma once
// The way of mail to a post office, and why it is that one.

#include <external/control/status.h>
#include <external/engine/directory.h>

#include <boost/json.hpp>

namespace external::commands {

/// What is known of the way to one post office.
struct RouteView {
  struct Step {
    std::string post_office;
    std::string text;   ///< "reached through SOUTH/HUB"
    std::string where;  ///< the settings line that says so: "external.ini:12"; empty if none does
  };
  struct Caller {
    std::string instance;
    std::string obstacle;  ///< why it would not call; empty if it would
  };

  std::string destination;
  postoffice::Way::End end{};
  std::vector<Step> steps;
  std::string trouble;               ///< why there is no way, and the cure; empty if there is one
  std::string next_hop;              ///< the post office that is called; empty for none and for home
  bool is_called = false;            ///< it has a number or an address; else it calls us
  bool is_handed_over = false;       ///< nobody calls: its mail goes as Deliver says
  std::optional<WallTime> next_try;  ///< of mail that is handed over; nothing if none waits
  std::vector<Caller> callers;       ///< instances that would call it
  std::string in_call_on;            ///< the line of a call with it that stands; empty if there is none
  bool may_call_now = false;
  std::optional<WallTime> may_call_at;  ///< as far as settings and queue tell; nothing if never
  std::string may_call_why;             ///< which setting or failure says so; may be empty
  std::uint64_t waiting = 0;            ///< messages that wait for it, for this destination and others
  std::uint64_t waiting_bytes = 0;
  std::optional<std::uint64_t> largest_message;  ///< bytes

  bool exists() const { return trouble.empty(); }
};

/// `status`: of the running External, if there is one.
RouteView explain_route(const config::Settings& settings, const engine::Directory& directory,
                        const mailqueue::Queue& queue, const std::optional<control::Status>& status,
                        const std::string& destination, WallTime now);

/// Lines for people.
std::string route_text(const RouteView& route);
boost::json::object to_json(const RouteView& route);

}  // namespace external::commands
